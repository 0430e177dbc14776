// Owns how one log line, or one gap between lines, becomes a row; device text is only ever text.
import { letterOf } from "../fleetcast-client.js";
import { moment } from "../ui/clock.js";
import { make, makeButton } from "../ui/elements.js";
import { paint } from "./sgr.js";

const LEVELS = { E: "Error", W: "Warning", I: "Info", D: "Debug", V: "Verbose" };
/** How far into a message its tag is looked for. */
const PREFIX = 120;
/** So much of a long message is shown until somebody asks for all of it: one line is not to fill the page. */
const FOLDED = 2000;
const WORTH_FOLDING = 500;
const template = document.createElement("template");
template.content.append(rowShape());

/**
 * @typedef {import("./line-buffer.js").Entry} Entry
 *
 * @typedef {object} Look how rows are drawn
 * @property {boolean} utc
 * @property {boolean} colours
 * @property {(line: Line) => string} link the address of a line
 * @property {((line: Line) => {name: string, colour: number}) | null} device whose line it is, where that is not clear
 */

/** A line of history or of the live stream. It keeps only what a row shows: a view holds many of them. */
export class Line {
  /** The pattern of the last search that looked at it, and whether it was found. */
  searched = null;
  hit = false;
  /** Whether all of a long message is to be shown. */
  unfolded = false;
  /** What the server counts its level as: E, W, I, D or V; "" when it has none. */
  letter;

  constructor({ id, timestamp, "@timestamp": time, message, tag, sgr, ...line }, source) {
    this.id = id;
    this.at = String(timestamp ?? time);
    this.text = typeof message === "string" ? message : "";
    this.letter = letterOf(line);
    this.tag = typeof tag === "string" ? tag : ""; // as the server has it
    this.sgr = typeof sgr === "string" ? sgr : "";
    this.source = source;
    /** Whose it is, where its log is of many devices. */
    this.entityId = line.device_entity_id ?? line.entity_id ?? null;
  }

  /** So much of its text as a row shows. */
  get shown() {
    if (this.unfolded || this.text.length < FOLDED + WORTH_FOLDING) return this.text;
    return this.text.slice(0, isHigh(this.text.charCodeAt(FOLDED - 1)) ? FOLDED - 1 : FOLDED);
  }

  /** @param {Look} look */
  draw(look) {
    const row = template.content.firstElementChild.cloneNode(true);
    const [when, level, text] = row.children;
    when.href = look.link(this);
    drawTime(when.firstElementChild, this.at, look.utc);
    if (look.device) when.after(deviceName(look.device(this)));
    drawLevel(row, level, this.letter);
    const { shown } = this;
    if (look.colours && this.sgr !== "") text.append(...paint(shown, this.sgr));
    else drawText(text, shown, this.tag);
    const folded = this.text.length - shown.length;
    if (folded > 0) row.append(make("button", "unfold", `… ${folded.toLocaleString()} more characters`));
    return row;
  }
}

/**
 * A hole between two times; `to` null reaches until now. `fill(entry)` is called when the reader asks for what is
 * missing.
 */
export function gapEntry(id, from, to, missed, fill) {
  const entry = { id, at: from, from, to, draw: () => drawGap(entry, missed, fill) };
  return entry;
}

/** A tag that stands before the text is marked in its place. */
function drawText(text, message, words) {
  if (words === "") return text.append(message);
  const before = message.slice(0, PREFIX);
  const start = [":", "]", "."].map((end) => before.indexOf(`${words}${end}`)).find((at) => at >= 0) ?? -1;
  if (start < 0) return text.append(make("span", "tag apart", words), " ", message);
  const prefix = make("span", "prefix", message.slice(0, start));
  text.append(prefix, make("span", "tag", words), message.slice(start + words.length));
}

function drawTime(time, at, utc) {
  const { day, time: clock, fraction } = moment(at, utc);
  time.dateTime = at;
  time.title = `${at.replace("T", " ").replace("Z", "")} UTC: link to this line`;
  time.append(day === "" ? clock : `${day} ${clock}`, make("span", "fraction", fraction));
}

function drawLevel(row, level, letter) {
  if (letter === "") return;
  level.title = LEVELS[letter];
  level.textContent = letter;
  row.dataset.level = letter;
}

function deviceName({ name, colour }) {
  const made = make("span", `device device-${colour}`, name);
  made.title = name;
  return made;
}

function drawGap(entry, missed, fill) {
  const words =
    entry.to === null
      ? "Newer lines are not kept here"
      : missed > 0
        ? `${missed.toLocaleString()} lines were skipped here`
        : "Lines may be missing here";
  const button = makeButton("button", "Load them", () => {
    button.disabled = true;
    fill(entry).finally(() => (button.disabled = false));
  });
  return make("li", "row gap", make("span", "gap-words", words), button);
}

/** A row without a line, to be filled or to measure with. */
export function rowShape() {
  const when = make("a", "when", make("time"));
  when.tabIndex = -1; // a thousand stops on the way through the page would be none
  return make("li", "row", when, make("span", "level"), make("span", "text"));
}

/** The first half of a character that is two units, and must not be cut there. */
function isHigh(unit) {
  return unit >= 0xd800 && unit < 0xdc00;
}
