// Owns how stored lines are asked for: of one log or of several as if they were one, page by page.
import { Failure, get } from "../ui/api.js";
import { parametersOf } from "./filter.js";
import { Line } from "./line.js";
import { addressOf } from "./source.js";

/** Of a device that was deleted. */
const NOTHING = { logs: [], has_more: false, window_start: null, window_end: null };

export class History {
  #sources;
  #filter;
  #signal;

  /**
   * @param {import("./source.js").Source[]} sources of several, one that is not there any more is left out
   * @param {import("./filter.js").LogFilter} filter
   * @param {AbortSignal} signal
   */
  constructor(sources, filter, signal) {
    this.#sources = [...sources];
    this.#filter = filter;
    this.#signal = signal;
  }

  /**
   * One page, ascending. `edge` is how far it reaches, to be passed on as the next `end` or `start`; of several logs
   * it reaches as far as the one with the most lines, so that none is left out.
   *
   * @param {{start?: string, end?: string}} range only `end`: the newest lines before it, else the oldest
   * @returns {Promise<{lines: Line[], more: boolean, edge: string | null}>}
   */
  async page(range) {
    const sources = this.#sources;
    const pages = await Promise.all(sources.map((source) => this.#of(source, range)));
    this.#signal.throwIfAborted();
    const backward = range.start === undefined;
    const edges = pages.filter((page) => page.has_more).map((page) => (backward ? page.window_start : page.window_end));
    const edge = edges.length === 0 ? null : edges.reduce((a, b) => (a > b === backward ? a : b));
    const inside = ({ timestamp: at }) => edge === null || (backward ? at > edge : at < edge);
    const lines = pages.flatMap((page, i) => page.logs.filter(inside).map((row) => new Line(row, sources[i])));
    return { lines, more: edge !== null, edge };
  }

  async #of(source, range) {
    const asked = [...Object.entries(range), ...parametersOf(this.#filter), ["fields", "sgr,tag"]];
    try {
      return await get(addressOf(source, asked), this.#signal);
    } catch (failure) {
      if (!(failure instanceof Failure && failure.status === 404) || this.#sources.length === 1) throw failure;
      this.#sources = this.#sources.filter((other) => other !== source);
      return NOTHING;
    }
  }
}
