// Owns the words on a log that say that a device of it has been deleted: its stream only falls silent.
import { Failure, get } from "../ui/api.js";
import { make } from "../ui/elements.js";

const EVERY = 20_000;

export class DeletedNotice {
  #box;
  #hooks;
  /** Whether each was there when it was looked for last. @type {Map<number, boolean>} */
  #devices;
  #looking = false;
  #abort = new AbortController();

  /**
   * Looks at once and from time to time.
   *
   * @param {HTMLElement} box
   * @param {number[]} ids
   * @param {{nameOf: (id: number) => string, deleted: () => void}} hooks `deleted`: one of them is gone
   */
  constructor(box, ids, hooks) {
    this.#box = box;
    this.#hooks = hooks;
    this.#devices = new Map(ids.map((id) => [id, false]));
    const timer = setInterval(() => document.hidden || this.#look(), EVERY);
    this.#abort.signal.addEventListener("abort", () => clearInterval(timer));
    this.#look();
  }

  close() {
    this.#abort.abort();
  }

  async #look() {
    if (this.#looking) return;
    this.#looking = true;
    try {
      await Promise.all([...this.#devices.keys()].map((id) => this.#lookFor(id)));
    } finally {
      this.#looking = false;
    }
  }

  async #lookFor(id) {
    try {
      await get(`/api/devices/${id}`, this.#abort.signal);
      this.#devices.set(id, true);
    } catch (failure) {
      if (this.#abort.signal.aborted) return;
      if (!(failure instanceof Failure)) throw failure;
      // One that was never there is told by the log itself, and of another failure nothing follows.
      if (failure.status === 404 && this.#devices.get(id)) {
        this.#tell(id, "has been deleted: no more lines of it come, and its older ones are not found here.");
        this.#hooks.deleted();
      }
    }
  }

  /** The log shows the lines of others, and none of that device. @param {number} id @param {Error} why */
  leftOut(id, why) {
    if (this.#devices.has(id)) this.#tell(id, `is left out. ${why.message}`);
  }

  #tell(id, what) {
    this.#devices.delete(id);
    this.#box.append(make("p", "", `${this.#hooks.nameOf(id)} ${what}`));
    this.#box.hidden = false;
  }
}
