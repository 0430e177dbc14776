// Owns the address of a log: whose, how they are laid out, through which filter, over which time, and which line.
import { NO_FILTER, parametersOf, readFilter } from "./filter.js";
import { DEFAULT_RANGE, isTime, rangeParameters, readRange } from "./range.js";
import { FLEET, isWide, modelOf, ofModel } from "./source.js";

/** That one page shows, beside each other or merged. */
export const MOST_DEVICES = 12;

/**
 * @typedef {object} LogAddress
 * @property {import("./source.js").Source[]} ids devices, or one that is of many
 * @property {boolean} merged one list of all devices, not one beside the other
 * @property {import("./filter.js").LogFilter} filter
 * @property {import("./range.js").Range} range what the histogram is of
 * @property {string | null} line the id of the line that is meant
 * @property {string | null} at its time, or the one to go to
 */

/** @param {string} ids of devices, with commas between them; "": of all or of a model's @param {string} [query] @returns {LogAddress} */
export function readAddress(ids, query = "") {
  const asked = new URLSearchParams(query);
  const at = asked.get("at");
  const valid = at !== null && isTime(at);
  return {
    ids: ids === "" ? [many(asked.get("model"))] : devices(ids),
    merged: asked.get("view") === "merged",
    filter: readFilter(asked),
    range: readRange(asked),
    line: valid ? asked.get("line") : null,
    at: valid ? at : null,
  };
}

/** @param {Partial<LogAddress> & Pick<LogAddress, "ids">} address @returns {string} what stands in the address, from `#` on */
export function writeAddress({ ids, merged, filter = NO_FILTER, range = DEFAULT_RANGE, line, at }) {
  if (ids.length === 0) return "#/";
  const [first] = ids;
  const model = modelOf(first);
  const asked = new URLSearchParams([...parametersOf(filter), ...rangeParameters(range)]);
  if (model !== null) asked.set("model", String(model));
  if (merged && ids.length > 1) asked.set("view", "merged");
  if (line && at) asked.set("line", line);
  if (at) asked.set("at", at);
  return `#/${isWide(first) ? "logs" : `devices/${ids.join(",")}`}${asked.size > 0 ? `?${asked}` : ""}`;
}

function devices(ids) {
  return [...new Set(ids.split(",").map(Number))].slice(0, MOST_DEVICES);
}

function many(model) {
  return /^\d{1,9}$/.test(model ?? "") ? ofModel(Number(model)) : FLEET;
}
