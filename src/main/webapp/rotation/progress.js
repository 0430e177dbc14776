// Owns what can be known of a rotation under way: when it began, and how much of it is done.
import { serverTime } from "../ui/clock.js";

/** Longer than a device that does not come holds the others up: such a pause lies between two rotations. */
const PAUSE = 15 * 60_000;

/**
 * @typedef {object} Run
 * @property {string} since completions later than this one belong to it
 * @property {boolean} busy whether anybody waits or has the turn
 * @property {boolean} guessed whether it had begun before anybody here looked
 * @property {number} done
 * @property {number} late how many have timed out since it began
 * @property {number} lateBefore how many had timed out before it
 * @property {number} timedOut how many have now
 * @property {string} newest the last completion of all
 * @property {number} waiting with the one whose turn it is
 * @property {number} total
 */

/**
 * Looks at the fleet once more. Who is done is told by when its rotation was completed, so nothing is lost between two
 * looks; whoever waits again counts as waiting.
 *
 * @param {Run | null} before null: this is the first look
 * @param {{rotation_state: string, last_rotation_completed_at: string | null}[]} devices
 * @param {string | null} turnSince since when it is somebody's turn
 * @returns {Run}
 */
export function follow(before, devices, turnSince) {
  const waiting = devices.filter(({ rotation_state: state }) => state === "QUEUED" || state === "PENDING").length;
  const timedOut = devices.filter(({ rotation_state: state }) => state === "TIMEOUT").length;
  const begins = waiting > 0 && !before?.busy;
  const guessed = begins ? before === null : (before?.guessed ?? false);
  const newest = completions(devices)[0] ?? "";
  let since = before?.since ?? newest;
  if (begins) since = before ? before.newest : guess(devices, turnSince, timedOut);
  const lateBefore = begins ? (before?.timedOut ?? timedOut) : (before?.lateBefore ?? timedOut);
  const done = devices.filter((device) => device.rotation_state === "OK" && (device.last_rotation_completed_at ?? "") > since).length;
  const late = Math.max(0, timedOut - lateBefore);
  return { since, busy: waiting > 0, guessed, done, late, lateBefore, timedOut, newest, waiting, total: done + late + waiting };
}

/** The last completion before the rotation that was under way at the first look. */
function guess(devices, turnSince, timedOut) {
  const times = completions(devices);
  // A turn begins at the very moment at which the one before is completed, or it is the first one.
  if (turnSince && timedOut === 0 && times[0] !== turnSince) return times[0] ?? "";
  let next = turnSince ? Date.parse(turnSince) : serverTime();
  for (const time of times) {
    if (next - Date.parse(time) > PAUSE) return time;
    next = Date.parse(time);
  }
  return "";
}

function completions(devices) {
  const times = devices.map(({ last_rotation_completed_at: at }) => at).filter((at) => at !== null);
  return times.sort().reverse();
}
