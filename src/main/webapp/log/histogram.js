// Owns the picture of how many lines of which level there were when, and choosing a moment or a stretch of time in it.
import { moment } from "../ui/clock.js";
import { make } from "../ui/elements.js";
import { LEVELS } from "./counts.js";
import { settings } from "./settings.js";

const HEIGHT = 100;
/** Of the height: few errors beside many lines are seen all the same. */
const LEAST = 5;
const BETWEEN = 0.12;
const DRAG = 4;
const SVG = "http://www.w3.org/2000/svg";
const NAMES = { E: "error", W: "warning", I: "info", D: "debug", V: "verbose" };

export class Histogram {
  #plot;
  #axis;
  #hooks;
  #paths = new Map();
  #here = make("div", "here");
  #cursor = make("div", "cursor");
  /** @type {import("./counts.js").Counted | null} */
  #counted = null;
  /** The part that is pointed at; -1 for none. */
  #at = -1;
  /** Where a drag began, in pixels; null without one. */
  #from = /** @type {number | null} */ (null);

  /**
   * @param {HTMLElement} root holds `.plot` and `.axis`
   * @param {object} hooks all times in milliseconds since 1970
   * @param {(at: number) => void} hooks.goTo
   * @param {(from: number, to: number) => void} hooks.choose
   * @param {(words: string) => void} hooks.pointed at a part, in words; "" at none
   */
  constructor(root, hooks) {
    this.#plot = root.querySelector(".plot");
    this.#axis = root.querySelector(".axis");
    this.#hooks = hooks;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("preserveAspectRatio", "none");
    for (const level of LEVELS) {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", `bar-${level}`);
      this.#paths.set(level, path);
      svg.append(path);
    }
    this.#plot.append(svg, this.#here, this.#cursor);
    this.#listen();
  }

  /** @param {import("./counts.js").Counted | null} counted */
  show(counted) {
    this.#counted = counted;
    const parts = counted?.parts ?? [];
    const svg = this.#plot.querySelector("svg");
    svg.setAttribute("viewBox", `0 0 ${Math.max(1, parts.length)} ${HEIGHT}`);
    const drawn = barsOf(parts);
    for (const level of LEVELS) this.#paths.get(level).setAttribute("d", drawn[level]);
    this.#plot.setAttribute("aria-valuemax", String(Math.max(0, parts.length - 1)));
    this.#point(this.#at);
    this.#label();
  }

  /** Marks what of it the reader has in sight; without it nothing. @param {{from: string, to: string} | null} sight */
  here(sight) {
    const [left, right] = sight && this.#counted ? [this.#placeOf(sight.from), this.#placeOf(sight.to)] : [1, 0];
    this.#here.hidden = right < 0 || left > 1 || left > right;
    this.#here.style.left = `${100 * Math.max(0, left)}%`;
    this.#here.style.width = `${100 * (Math.min(1, right) - Math.max(0, left))}%`;
  }

  #listen() {
    const plot = this.#plot;
    plot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.#counted) return;
      plot.setPointerCapture(event.pointerId);
      this.#from = event.offsetX;
    });
    plot.addEventListener("pointermove", (event) => this.#moved(event.offsetX));
    plot.addEventListener("pointerup", (event) => this.#released(event.offsetX));
    plot.addEventListener("pointercancel", () => this.#leave());
    plot.addEventListener("pointerleave", () => this.#from === null && this.#leave());
    plot.addEventListener("focus", () => plot.matches(":focus-visible") && this.#point(Math.max(this.#at, 0)));
    plot.addEventListener("blur", () => this.#leave());
    plot.addEventListener("keydown", (event) => this.#pressed(event));
  }

  #moved(x) {
    if (!this.#counted) return;
    this.#point(this.#partAt(x));
    if (this.#from !== null && Math.abs(x - this.#from) > DRAG) this.#mark(Math.min(x, this.#from), Math.max(x, this.#from));
  }

  #released(x) {
    const from = this.#from;
    this.#from = null;
    if (from === null || !this.#counted) return;
    const dragged = Math.abs(x - from) > DRAG;
    const [first, last] = [from, x].sort((a, b) => a - b).map((at) => this.#partAt(at));
    const { parts, width } = this.#counted;
    if (dragged) this.#hooks.choose(parts[first].start, parts[last].start + width);
    else this.#hooks.goTo(parts[first].start);
  }

  #leave() {
    this.#from = null;
    this.#point(-1);
  }

  #pressed(event) {
    const last = (this.#counted?.parts.length ?? 0) - 1;
    const to = { ArrowLeft: this.#at - 1, ArrowRight: this.#at + 1, Home: 0, End: last }[event.key];
    if (to !== undefined) this.#point(Math.max(0, Math.min(last, to)));
    else if (event.key === "Enter" && this.#at >= 0) this.#hooks.goTo(this.#counted.parts[this.#at].start);
    else return;
    event.preventDefault();
  }

  #point(at) {
    const parts = this.#counted?.parts ?? [];
    at = Math.min(at, parts.length - 1); // nothing can be pointed at before it is counted
    this.#at = at;
    const words = at < 0 ? "" : this.#wordsOf(parts[at]);
    this.#plot.setAttribute("aria-valuenow", String(Math.max(0, at)));
    this.#plot.setAttribute("aria-valuetext", words || "Choose a time by the arrow keys");
    this.#cursor.hidden = at < 0;
    this.#cursor.style.left = `${(100 * Math.max(0, at)) / Math.max(1, parts.length)}%`;
    this.#cursor.style.width = `${100 / Math.max(1, parts.length)}%`;
    this.#hooks.pointed(words);
  }

  #mark(left, right) {
    this.#cursor.style.left = `${left}px`;
    this.#cursor.style.width = `${right - left}px`;
  }

  #partAt(x) {
    const { length } = this.#counted.parts;
    return Math.max(0, Math.min(length - 1, Math.floor((x / this.#plot.clientWidth) * length)));
  }

  /** Where a time is: 0 at the left edge, 1 at the right one. */
  #placeOf(at) {
    const { parts, width } = this.#counted;
    return (Date.parse(at) - parts[0].start) / (width * parts.length);
  }

  #wordsOf({ start, counts }) {
    const lines = LEVELS.map((level, i) => [counts[i], NAMES[level]]).filter(([count]) => count > 0);
    const told = lines.map(([count, name]) => `${count.toLocaleString()} ${name}`).join(", ");
    return `${clock(start)} to ${clock(start + this.#counted.width)}: ${told || "no lines"}`;
  }

  #label() {
    const { parts, width } = this.#counted ?? { parts: [], width: 0 };
    const edges = parts.length === 0 ? [] : [parts[0].start, parts[Math.floor(parts.length / 2)].start, parts.at(-1).start + width];
    this.#axis.replaceChildren(...edges.map((at) => make("span", "", clock(at))));
  }
}

/** The bars of each level as one path, the worst at the bottom. */
function barsOf(parts) {
  const most = Math.max(1, ...parts.map(({ counts }) => counts.reduce((sum, count) => sum + count)));
  const paths = Object.fromEntries(LEVELS.map((level) => [level, ""]));
  for (const [x, { counts }] of parts.entries()) {
    let bottom = HEIGHT;
    for (const [i, level] of LEVELS.entries()) {
      if (counts[i] === 0) continue;
      const height = Math.min(bottom, Math.max(LEAST, (HEIGHT * counts[i]) / most));
      bottom -= height;
      paths[level] += `M${x + BETWEEN / 2} ${bottom.toFixed(2)}h${1 - BETWEEN}v${height.toFixed(2)}h${BETWEEN - 1}z`;
    }
  }
  return paths;
}

function clock(milliseconds) {
  const { day, time } = moment(new Date(milliseconds).toISOString(), settings.utc);
  return `${day} ${time}`.trim();
}
