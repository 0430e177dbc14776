// Owns what time it is at the server, and how a moment is written: in this machine's time or in UTC.

/** A response says in which second it was made. */
const SECOND = 1000;

/** The server's clock against this machine's, in milliseconds; 0 as long as both may say the same. */
let ahead = 0;

/**
 * Learns from a response what time it is at the server.
 *
 * @param {string | null} date its `Date`
 * @param {number} askedAt by this machine's clock, in milliseconds
 */
export function learn(date, askedAt) {
  const told = Date.parse(date ?? "");
  if (Number.isNaN(told)) return;
  ahead = Math.max(told - Date.now(), Math.min(told + SECOND - askedAt, ahead));
}

/** What the server's clock says when this machine's says that, in milliseconds. */
export function serverTime(at = Date.now()) {
  return at + ahead;
}

/** The parts of a moment that a log shows. @param {string} at @returns {{day: string, time: string, fraction: string}} */
export function moment(at, utc) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return { day: "", time: at, fraction: "" };
  const day = dayOf(date, utc);
  const clock = utc
    ? [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
    : [date.getHours(), date.getMinutes(), date.getSeconds()];
  return {
    day: day === dayOf(new Date(), utc) ? "" : day,
    time: clock.map(two).join(":"),
    fraction: `.${String(date.getUTCMilliseconds()).padStart(3, "0")}`,
  };
}

/** The time of day here, to the second. @param {number} at milliseconds */
export function timeOf(at) {
  return new Date(at).toLocaleTimeString([], { hour12: false });
}

/** A moment as a field for date and time has it, to the second. @param {Date} date */
export function fieldValue(date, utc) {
  const { time } = moment(date.toISOString(), utc);
  return `${dayOf(date, utc)}T${time}`;
}

/** What such a field means; null when it is empty. */
export function fromField(value, utc) {
  const date = new Date(utc ? `${value}Z` : value);
  return value === "" || Number.isNaN(date.getTime()) ? null : date;
}

function dayOf(date, utc) {
  return utc
    ? `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`
    : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function two(number) {
  return String(number).padStart(2, "0");
}
