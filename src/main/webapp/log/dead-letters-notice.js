// Owns the mark on a log that says that lines of its devices could not be taken or stored, and leads to them.
import { Failure, get } from "../ui/api.js";
import { AsOf } from "../ui/as-of.js";
import { serverTime } from "../ui/clock.js";
import { arrange, counted, make, makeLink } from "../ui/elements.js";
import { deadLettersAddress } from "./dead-letters-page.js";

const DAY = 86_400_000;
const EVERY = 30_000;

export class DeadLettersNotice {
  #box;
  #ids;
  #nameOf;
  #from = null;
  #asOfBox = make("p", "as-of");
  #asOf = new AsOf(this.#asOfBox);
  #abort = new AbortController();

  /**
   * Looks at once and from time to time.
   *
   * @param {HTMLElement} box
   * @param {number[]} ids
   * @param {(id: number) => string} nameOf
   */
  constructor(box, ids, nameOf) {
    this.#box = box;
    this.#ids = ids;
    this.#nameOf = nameOf;
    const timer = setInterval(() => document.hidden || this.#look(), EVERY);
    this.#abort.signal.addEventListener("abort", () => clearInterval(timer));
    this.#look();
  }

  close() {
    this.#abort.abort();
  }

  /** The log now shows lines since that time. */
  since(at) {
    const before = this.#start;
    this.#from = at;
    if (this.#start < before) this.#look();
  }

  /** A day, or as far back as the log shows, in whole hours, so that scrolling does not ask again and again. */
  get #start() {
    const from = Math.min(serverTime() - DAY, Date.parse(this.#from ?? "") || Infinity);
    return new Date(from - (from % 3_600_000)).toISOString();
  }

  async #look() {
    const start = this.#start;
    const { signal } = this.#abort;
    try {
      const found = await Promise.all(this.#ids.map((id) => this.#of(id, start, signal)));
      if (signal.aborted) return;
      this.#asOf.fresh();
      this.#show(found.filter(({ count }) => count > 0), start);
    } catch (failure) {
      if (signal.aborted) return;
      if (!(failure instanceof Failure)) throw failure;
      this.#asOf.old(); // without the mark the log is as good
    }
  }

  async #of(id, start, signal) {
    const page = await get(`/api/dead-letters?${new URLSearchParams({ device_id: id, start })}`, signal);
    return { id, count: page.dead_letters.length, more: page.has_more };
  }

  #show(found, start) {
    this.#box.hidden = found.length === 0;
    arrange(this.#box, [
      ...found.map(({ id, count, more }) => {
        const lines = more ? `More than ${counted(count, "unreadable line")}` : counted(count, "unreadable line");
        const name = this.#ids.length > 1 ? `${this.#nameOf(id)}: ` : "";
        return make("p", "", `${name}${lines}, `, makeLink(deadLettersAddress({ device: id, start }), "", "show"));
      }),
      this.#asOfBox,
    ]);
  }
}
