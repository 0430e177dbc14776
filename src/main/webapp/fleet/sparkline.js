// Owns how the lines per minute of an hour are drawn: small bars, and the same in words for those who cannot see them.
import { counted } from "../ui/elements.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 24;
const STEP = 2;
/** So that a single line in a quiet hour does not look like a storm. */
const LEAST_TOP = 4;

/** The lines per minute of one device. */
export class Sparkline {
  element = document.createElementNS(SVG, "svg");
  #bars = document.createElementNS(SVG, "path");
  #drawn = "";

  constructor() {
    this.element.setAttribute("class", "sparkline");
    this.element.setAttribute("role", "img");
    this.element.setAttribute("viewBox", `0 0 ${60 * STEP} ${HEIGHT}`);
    this.element.setAttribute("preserveAspectRatio", "none");
    const ground = document.createElementNS(SVG, "path");
    ground.setAttribute("class", "sparkline-ground");
    ground.setAttribute("d", `M0 ${HEIGHT - 0.5}h${60 * STEP}`);
    this.element.append(ground, this.#bars);
    this.show(null);
  }

  /** @param {number[] | null} perMinute the oldest first, the last one under way; null while nobody knows */
  show(perMinute) {
    const words = perMinute ? inWords(perMinute) : "Lines per minute are not known yet";
    const path = perMinute ? pathOf(perMinute) : "";
    if (words + path === this.#drawn) return;
    this.#drawn = words + path;
    this.element.setAttribute("aria-label", words);
    this.#bars.setAttribute("d", path);
  }
}

function pathOf(perMinute) {
  const top = Math.max(LEAST_TOP, ...perMinute);
  return perMinute
    .map((lines, minute) => {
      if (lines === 0) return "";
      const height = Math.max(1.5, (lines / top) * HEIGHT).toFixed(1);
      return `M${minute * STEP} ${HEIGHT}v-${height}h${STEP - 0.4}v${height}z`;
    })
    .join("");
}

function inWords(perMinute) {
  const sum = perMinute.reduce((all, lines) => all + lines, 0);
  if (sum === 0) return "No lines in the last hour";
  const most = Math.max(...perMinute);
  return `${counted(sum, "line")} in the last hour, at most ${most.toLocaleString()} a minute`;
}
