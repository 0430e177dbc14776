// Owns how what a device sent is shown to the byte: no character of it may hide, move or break anything.
import { make } from "../ui/elements.js";

const BYTES = /([^\x20-\x7e]+)/;
const HIDDEN = /([\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}])/u;

/** The text of a dead letter, its control characters made visible. @param {{raw: string, encoding: string}} letter */
export function visible({ raw, encoding }) {
  const shown = document.createDocumentFragment();
  const [text, hidden, seen] = encoding === "base64" ? [atob(raw), BYTES, numbers] : [raw, HIDDEN, sign];
  // What the pattern found stands at every other place.
  for (const [i, part] of text.split(hidden).entries()) if (part !== "") shown.append(i % 2 === 1 ? seen(part) : part);
  return shown;
}

/** Bytes that are no text. */
function numbers(bytes) {
  return mark([...bytes].map((one) => `\\x${hex(one, 2)}`).join(""));
}

function sign(character) {
  if (character === "\n") return mark("\\n", "\n");
  const code = character.codePointAt(0);
  return mark(code < 0x100 ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`);
}

function mark(text, after = "") {
  return make("span", "control", `${text}${after}`);
}

function hex(character, digits) {
  return character.codePointAt(0).toString(16).toUpperCase().padStart(digits, "0");
}
