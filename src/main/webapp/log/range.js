// Owns ranges of time: the last so many minutes, hours or days, or from one moment to another.
import { serverTime } from "../ui/clock.js";

const RELATIVE = /^([1-9]\d{0,3})([mhd])$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const MILLISECONDS = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The ones that are offered, and what they are called. */
export const OFFERED = {
  "5m": "Last 5 minutes",
  "15m": "Last 15 minutes",
  "1h": "Last hour",
  "6h": "Last 6 hours",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
};

/** @typedef {{last: string} | {from: string, to: string}} Range `last` as in "15m"; the others as times of lines */

/** @type {Range} */
export const DEFAULT_RANGE = { last: "1h" };

/** @param {URLSearchParams} asked @returns {Range} */
export function readRange(asked) {
  const [last, from, to] = ["range", "from", "to"].map((name) => asked.get(name) ?? "");
  if (isTime(from) && isTime(to) && Date.parse(from) < Date.parse(to)) return { from, to };
  return RELATIVE.test(last) ? { last } : DEFAULT_RANGE;
}

/** @param {Range} range @returns {[string, string][]} */
export function rangeParameters(range) {
  if ("from" in range) return [["from", range.from], ["to", range.to]]; // prettier-ignore
  return range.last === DEFAULT_RANGE.last ? [] : [["range", range.last]];
}

/** Where it begins and ends, in milliseconds since 1970. @param {Range} range @returns {[number, number]} */
export function boundsOf(range, now = serverTime()) {
  if ("from" in range) return [Date.parse(range.from), Date.parse(range.to)];
  const [, count, unit] = RELATIVE.exec(range.last);
  return [now - Number(count) * MILLISECONDS[unit], now];
}

/** Whether it ends now. @param {Range} range */
export function isMoving(range) {
  return "last" in range;
}

export function isTime(text) {
  return TIME.test(text) && !Number.isNaN(Date.parse(text));
}

/** A moment as the server writes it. */
export function timeOf(milliseconds) {
  return new Date(milliseconds).toISOString().replace("Z", "000Z");
}
