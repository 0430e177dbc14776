// Owns what the colours of a line look like: readable on every ground, in light and in dark.
import { make } from "../ui/elements.js";

/** Of so much of a line the colours are shown; what is longer shows its end without. */
const MOST_RUNS = 400;
/** How bright a colour may be on the darkest of the light grounds, and must be on the lightest of the dark ones. */
const LIGHT_MOST = 0.145;
const DARK_LEAST = 0.31;
const FLAGS = { 1: "bold", 3: "italic", 4: "underline", 7: "inverse", 9: "strike" };
const FLAGS_OFF = { 22: "bold", 23: "italic", 24: "underline", 27: "inverse", 29: "strike" };

/**
 * @typedef {number | [number, number, number] | null} Colour one of the sixteen, red green and blue, or none
 * @typedef {{fore: Colour, back: Colour, flags: Set<string>}} Style
 */

/**
 * The parts of a line, each in its colours. Text is only ever set as text.
 *
 * @param {string} text
 * @param {string} sgr `<offset>:<parameters>` with blanks between them: which parameters of SGR apply from where on
 * @returns {Node[]}
 */
export function paint(text, sgr) {
  const parts = [];
  /** @type {Style} */
  let style = { fore: null, back: null, flags: new Set() };
  let from = 0;
  for (const change of sgr.split(" ", MOST_RUNS)) {
    const colon = change.indexOf(":");
    const at = Number(change.slice(0, colon));
    if (colon < 1 || !Number.isInteger(at) || at < from || at > text.length) continue;
    if (at > from) parts.push(painted(text.slice(from, at), style));
    style = applied(style, change.slice(colon + 1));
    from = at;
  }
  if (from < text.length) parts.push(painted(text.slice(from), style));
  return parts;
}

function applied(before, parameters) {
  let style = { ...before, flags: new Set(before.flags) };
  const all = parameters.split(";");
  for (let i = 0; i < all.length; i++) {
    const [code, ...sub] = all[i].split(":").map(Number);
    if (code === 0) style = { fore: null, back: null, flags: new Set() };
    else if (code === 4 && sub[0] === 0) style.flags.delete("underline");
    else if (FLAGS[code]) style.flags.add(FLAGS[code]);
    else if (FLAGS_OFF[code]) style.flags.delete(FLAGS_OFF[code]);
    else if (code === 38 || code === 48) {
      const rest = sub.length > 0 ? sub : all.slice(i + 1, i + 5).map(Number);
      const { colour, length } = extended(rest, sub.length > 0);
      if (sub.length === 0) i += length;
      style[code === 38 ? "fore" : "back"] = colour;
    } else setBasic(style, code);
  }
  return style;
}

function setBasic(style, code) {
  if (code >= 30 && code <= 37) style.fore = code - 30;
  else if (code >= 90 && code <= 97) style.fore = code - 82;
  else if (code === 39) style.fore = null;
  else if (code >= 40 && code <= 47) style.back = code - 40;
  else if (code >= 100 && code <= 107) style.back = code - 92;
  else if (code === 49) style.back = null;
}

/** `5;n`, `2;r;g;b`, or with colons `2::r:g:b`, which names a colour space before them. */
function extended([kind, ...rest], colons) {
  if (kind === 5) return { colour: indexed(rest[0]), length: 2 };
  if (kind !== 2) return { colour: null, length: 1 };
  const rgb = colons && rest.length > 3 ? rest.slice(1, 4) : rest.slice(0, 3);
  return { colour: rgb.length === 3 && rgb.every(isByte) ? rgb : null, length: 4 };
}

/** The 256 colours: sixteen, a cube of six by six by six, and a ramp of greys. */
function indexed(n) {
  if (!isByte(n)) return null;
  if (n < 16) return n;
  if (n >= 232) return Array(3).fill(8 + 10 * (n - 232));
  const step = (part) => (part === 0 ? 0 : 55 + 40 * part);
  const cube = n - 16;
  return [step(Math.floor(cube / 36)), step(Math.floor(cube / 6) % 6), step(cube % 6)];
}

function isByte(n) {
  return Number.isInteger(n) && n >= 0 && n <= 255;
}

function painted(text, { fore, back, flags }) {
  const span = make("span", "", text);
  const inverse = flags.has("inverse");
  const ink = inverse ? null : fore;
  const ground = inverse ? fore : back;
  const names = [...flags].map((flag) => `sgr-${flag}`);
  if (typeof ground === "number") names.push(`sgr-back-${ground}`);
  else if (ground !== null) {
    span.style.backgroundColor = `rgb(${ground.join(" ")})`;
    span.style.color = brightness(ground) > 0.18 ? "black" : "white";
  } else if (typeof ink === "number") names.push(`sgr-${ink}`);
  else if (ink !== null) span.style.color = readable(ink);
  span.className = names.join(" ");
  return span;
}

/** The same hue, darker for light grounds and lighter for dark ones as far as it has to be. */
function readable(rgb) {
  const light = brightness(rgb);
  const linear = rgb.map(toLinear);
  const darker = light > LIGHT_MOST ? linear.map((part) => (part * LIGHT_MOST) / light) : linear;
  const mix = light < DARK_LEAST ? (DARK_LEAST - light) / (1 - light) : 0;
  const lighter = linear.map((part) => part + mix * (1 - part));
  return `light-dark(${written(darker)}, ${written(lighter)})`;
}

/** Relative luminance, as WCAG has it. */
function brightness(rgb) {
  const [red, green, blue] = rgb.map(toLinear);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function toLinear(byte) {
  const part = byte / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

function written(linear) {
  const bytes = linear.map((part) => (part <= 0.0031308 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055) * 255);
  return `rgb(${bytes.map((byte) => Math.round(byte)).join(" ")})`;
}
