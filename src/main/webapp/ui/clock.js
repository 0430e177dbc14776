// Owns how a moment is written: in this machine's time or in UTC.

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
