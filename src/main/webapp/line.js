// Owns how one log line, or one gap between lines, becomes a row; device text is only ever text.

const LEVELS = { E: "Error", W: "Warning", I: "Info", D: "Debug", V: "Verbose" };
const ESP_IDF = /^([EWIDV]) \((\d+)\) ([^:]{1,64}):/;
const template = document.createElement("template");
template.content.append(rowShape());

/** @typedef {import("./blocks.js").Entry} Entry */

/**
 * A line of history or of the live stream as an entry. It keeps only what a row shows: a view holds many of them.
 *
 * @returns {Entry & {text: string}}
 */
export function lineEntry({ id, timestamp, "@timestamp": time, message, level, tag }) {
  const at = String(timestamp ?? time);
  const text = typeof message === "string" ? message : "";
  return { id, at, text, draw: () => drawLine(at, text, level, tag) };
}

/**
 * A hole between two times; `to` null reaches until now. `fill(entry)` is called when the reader asks for what is
 * missing.
 */
export function gapEntry(id, from, to, missed, fill) {
  const entry = { id, at: from, from, to, draw: () => drawGap(entry, missed, fill) };
  return entry;
}

function drawLine(at, message, sent, itsTag) {
  const row = template.content.firstElementChild.cloneNode(true);
  const [time, level, text] = row.children;
  const prefix = ESP_IDF.exec(message);
  drawTime(time, at);
  drawLevel(row, level, sent ?? prefix?.[1]);
  if (prefix) {
    const start = message.indexOf(prefix[3], prefix[0].length - prefix[3].length - 1);
    const end = start + prefix[3].length;
    text.append(part("prefix", message.slice(0, start)), part("tag", prefix[3]), message.slice(end));
  } else {
    if (itsTag != null && itsTag !== "") text.append(part("tag apart", asText(itsTag)), " ");
    text.append(message);
  }
  return row;
}

function drawTime(time, at) {
  const moment = new Date(at);
  time.dateTime = at;
  time.title = `${at.replace("T", " ").replace("Z", "")} UTC`;
  if (Number.isNaN(moment.getTime())) {
    time.textContent = at;
    return;
  }
  const clock = `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
  const today = moment.toDateString() === new Date().toDateString();
  const day = today ? "" : `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} `;
  time.append(day + clock, part("fraction", `.${String(moment.getMilliseconds()).padStart(3, "0")}`));
}

function drawLevel(row, level, sent) {
  if (sent == null || sent === "") return;
  const letter = asText(sent).charAt(0).toUpperCase();
  level.title = LEVELS[letter] ?? asText(sent);
  level.textContent = letter;
  if (LEVELS[letter]) row.dataset.level = letter;
}

function drawGap(entry, missed, fill) {
  const row = document.createElement("li");
  row.className = "row gap";
  const words =
    entry.to === null
      ? "Newer lines are not kept here"
      : missed > 0
        ? `${missed.toLocaleString()} lines were skipped here`
        : "Lines may be missing here";
  row.append(part("gap-words", words));
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = "Load them";
  button.addEventListener("click", () => {
    button.disabled = true;
    fill(entry).finally(() => (button.disabled = false));
  });
  row.append(button);
  return row;
}

function rowShape() {
  const row = document.createElement("li");
  row.className = "row";
  const level = part("level", "");
  const text = part("text", "");
  row.append(document.createElement("time"), level, text);
  return row;
}

function part(name, text) {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = text;
  return made;
}

function asText(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function two(number) {
  return String(number).padStart(2, "0");
}
