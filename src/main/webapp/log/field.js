// Owns fields of a line as filters name them: `name:value`, with dots in the name on the way into an object.

/** As long as the server takes one, in characters. */
const LONGEST = 256;
/** A line may nest deep; what is deeper is shown as JSON. */
const DEEPEST = 8;

/** A colon or backslash of the name has a backslash before it. */
export function fieldText(name, value) {
  return `${name.replaceAll(/[\\:]/g, "\\$&")}:${value}`;
}

/** @returns {[string, string] | null} name and value; null where it is none */
export function readField(text) {
  const found = /^((?:[^\\:]|\\[^])+):([^]*)$/u.exec(text);
  return found && [found[1].replaceAll(/\\([^])/gu, "$1"), found[2]];
}

/** Whether the server takes it. */
export function isField(text) {
  return readField(text) !== null && [...text].length <= LONGEST;
}

/** What a filter can say of a value; null where it is an object, or a list, whose elements are values. */
export function valueText(value) {
  if (typeof value === "string") return value;
  const plain = value === null || typeof value !== "object" || JSON.isRawJSON?.(value);
  return plain ? JSON.stringify(value) : null;
}

/** All fields by their names; those within an object by its name, a dot and theirs. @returns {[string, unknown][]} */
export function flatFields(fields, before = "", depth = 1) {
  return Object.entries(fields).flatMap(([name, value]) => {
    const whole = Array.isArray(value) || valueText(value) !== null || depth === DEEPEST || Object.keys(value).length === 0;
    return whole ? [[before + name, value]] : flatFields(value, `${before}${name}.`, depth + 1);
  });
}
