// Owns the address of a log: which devices, how they are laid out, and the line that a link leads to.

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const MOST_DEVICES = 12;

/**
 * @typedef {object} LogAddress
 * @property {number[]} ids
 * @property {boolean} merged one list of all devices, not one beside the other
 * @property {string | null} line the id of the line that is meant
 * @property {string | null} at its time
 */

/** @param {string} ids with commas between them @param {string} [query] @returns {LogAddress} */
export function readAddress(ids, query = "") {
  const asked = new URLSearchParams(query);
  const at = asked.get("at");
  const valid = at !== null && TIME.test(at);
  return {
    ids: [...new Set(ids.split(",").map(Number))].slice(0, MOST_DEVICES),
    merged: asked.get("view") === "merged",
    line: valid ? asked.get("line") : null,
    at: valid ? at : null,
  };
}

/** @param {Partial<LogAddress> & {ids: number[]}} address @returns {string} what stands in the address, from `#` on */
export function writeAddress({ ids, merged, line, at }) {
  if (ids.length === 0) return "#/";
  const asked = new URLSearchParams();
  if (merged && ids.length > 1) asked.set("view", "merged");
  if (line && at) {
    asked.set("line", line);
    asked.set("at", at);
  }
  return `#/devices/${ids.join(",")}${asked.size > 0 ? `?${asked}` : ""}`;
}
