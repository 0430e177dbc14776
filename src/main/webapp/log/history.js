// Owns how stored lines are asked for: of one log or of several as if they were one, page by page.
import { get } from "../ui/api.js";
import { parametersOf } from "./filter.js";
import { Line } from "./line.js";
import { addressOf } from "./source.js";

export class History {
  #sources;
  #filter;
  #signal;

  /**
   * @param {import("./source.js").Source[]} sources
   * @param {import("./filter.js").LogFilter} filter
   * @param {AbortSignal} signal
   */
  constructor(sources, filter, signal) {
    this.#sources = sources;
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
    const pages = await Promise.all(this.#sources.map((source) => this.#of(source, range)));
    this.#signal.throwIfAborted();
    const backward = range.start === undefined;
    const edges = pages.filter((page) => page.has_more).map((page) => (backward ? page.window_start : page.window_end));
    const edge = edges.length === 0 ? null : edges.reduce((a, b) => (a > b === backward ? a : b));
    const inside = ({ timestamp: at }) => edge === null || (backward ? at > edge : at < edge);
    const lines = pages.flatMap((page, i) => page.logs.filter(inside).map((row) => new Line(row, this.#sources[i])));
    return { lines, more: edge !== null, edge };
  }

  #of(source, range) {
    const asked = [...Object.entries(range), ...parametersOf(this.#filter), ["fields", "sgr,tag"]];
    return get(addressOf(source, asked), this.#signal);
  }
}
