// Owns how stored lines are asked for: of one device or of several as if they were one, page by page.
import { get } from "../ui/api.js";
import { Line } from "./line.js";

export class History {
  #ids;
  #filter;
  #signal;

  /**
   * @param {number[]} ids
   * @param {import("../fleetcast-client.js").Filter | null} filter
   * @param {AbortSignal} signal
   */
  constructor(ids, filter, signal) {
    this.#ids = ids;
    this.#filter = filter;
    this.#signal = signal;
  }

  /**
   * One page, ascending. `edge` is how far it reaches, to be passed on as the next `end` or `start`; of several devices
   * it reaches as far as the one with the most lines, so that none is left out.
   *
   * @param {{start?: string, end?: string}} range only `end`: the newest lines before it, else the oldest
   * @returns {Promise<{lines: Line[], more: boolean, edge: string | null}>}
   */
  async page(range) {
    const pages = await Promise.all(this.#ids.map((id) => this.#of(id, range)));
    this.#signal.throwIfAborted();
    const backward = range.start === undefined;
    const edges = pages.filter((page) => page.has_more).map((page) => (backward ? page.window_start : page.window_end));
    const edge = edges.length === 0 ? null : edges.reduce((a, b) => (a > b === backward ? a : b));
    const inside = ({ timestamp: at }) => edge === null || (backward ? at > edge : at < edge);
    const lines = pages.flatMap((page, i) => page.logs.filter(inside).map((row) => new Line(row, this.#ids[i])));
    return { lines, more: edge !== null, edge };
  }

  #of(id, range) {
    const asked = new URLSearchParams({ ...range, ...this.#filter, fields: "sgr,tag" });
    return get(`/api/devices/${id}/logs?${asked}`, this.#signal);
  }
}
