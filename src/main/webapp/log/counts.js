// Owns how many lines there are in each part of a range of time: asked of the server, and again as time goes on.
import { Failure, get } from "../ui/api.js";
import { parametersOf } from "./filter.js";
import { boundsOf, isMoving, timeOf } from "./range.js";
import { addressOf } from "./source.js";

export const LEVELS = ["E", "W", "I", "D", "V"];
const SOONEST = 5000;
const LATEST = 60_000;

/**
 * @typedef {object} Part
 * @property {number} start milliseconds since 1970
 * @property {number[]} counts of each of `LEVELS`
 *
 * @typedef {object} Counted
 * @property {Part[]} parts
 * @property {number} from milliseconds since 1970, as the next
 * @property {number} to
 * @property {number} width of a part, in milliseconds
 * @property {string | null} since lines before that time were too many to be counted; null when all were
 * @property {number} asOf when it was asked for
 */

export class Counts {
  #asked;
  #told;
  #timer = 0;
  #abort = new AbortController();

  /**
   * Asks at once, and for as long as it is not closed.
   *
   * @param {{sources: import("./source.js").Source[], filter: import("./filter.js").LogFilter, range: import("./range.js").Range, most: number}} asked
   *   `most`: so many parts at most
   * @param {(counted: Counted | null, failure: Error | null) => void} told
   */
  constructor(asked, told) {
    this.#asked = asked;
    this.#told = told;
    const { signal } = this.#abort;
    document.addEventListener("visibilitychange", () => document.hidden || this.#ask(), { signal });
    this.#ask();
  }

  close() {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  async #ask() {
    clearTimeout(this.#timer);
    let wait = SOONEST;
    let again = isMoving(this.#asked.range);
    try {
      const counted = await this.#count();
      if (this.#abort.signal.aborted) return;
      // What the server could not count in time costs it much.
      wait = counted.since === null ? Math.max(SOONEST, Math.min(LATEST, counted.width / 6)) : LATEST;
      this.#told(counted, null);
    } catch (failure) {
      if (this.#abort.signal.aborted) return;
      again = true; // or what is told of it would outlast its cause
      this.#told(null, failure);
    }
    clearTimeout(this.#timer);
    if (again) this.#timer = setTimeout(() => document.hidden || this.#ask(), wait);
  }

  async #count() {
    const { sources, filter, range, most } = this.#asked;
    const asOf = Date.now();
    const [from, to] = boundsOf(range);
    const bounds = { start: timeOf(from), end: timeOf(to), buckets: String(most) };
    const asked = [...Object.entries(bounds), ...parametersOf(filter)];
    const { signal } = this.#abort;
    const answers = await Promise.allSettled(sources.map((source) => get(addressOf(source, asked, "/histogram"), signal)));
    const gone = ({ reason }) => reason instanceof Failure && reason.status === 404;
    const failed = answers.find((answer) => answer.status === "rejected" && !gone(answer)) ?? answers.find(gone);
    const all = answers.filter(({ status }) => status === "fulfilled").map(({ value }) => value);
    if (failed && !(gone(failed) && all.length > 0)) throw failed.reason; // of several one may be deleted
    const since = all.map(({ counted_from: first }) => first).filter(Boolean).sort().at(-1) ?? null;
    return { parts: sumOf(all), from, to, width: all[0].bucket_seconds * 1000, since, asOf };
  }
}

/** All have the same parts, since they were asked for the same range. @returns {Part[]} */
function sumOf(all) {
  return all[0].buckets.map(({ start }, i) => ({
    start: Date.parse(start),
    counts: LEVELS.map((level) => all.reduce((sum, { buckets }) => sum + buckets[i][level], 0)),
  }));
}
