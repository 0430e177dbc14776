// Owns how live lines come through a filter that streams do not know: what comes says that there is more, history has it.

const EVERY = 1000;
const AFTER_A_FAILURE = 5000;

export class LookUp {
  #hooks;
  #signal;
  /** From here on lines have to be looked at; "" before the first has come. */
  #from = "";
  /** The newest that has come, and the newest that was looked at. */
  #heard = "";
  #looked = "";
  #running = false;
  #failing = false;

  /**
   * @param {AbortSignal} signal ends it
   * @param {object} hooks
   * @param {(from: string, to: string) => Promise<string>} hooks.fetch takes in what passes of a range, both ends
   *   included; answers how far it came
   * @param {(failure: Error | null) => void} hooks.failed
   */
  constructor(signal, hooks) {
    this.#signal = signal;
    this.#hooks = hooks;
  }

  /** Lines of these times have come. */
  heard(from, to) {
    if (this.#from === "") this.#from = from;
    if (to > this.#heard) this.#heard = to;
  }

  /** Looks at what was heard, and goes on for as long as more comes. */
  async look() {
    if (this.#running) return;
    this.#running = true;
    while (this.#looked < this.#heard && !this.#signal.aborted) await pause(await this.#once());
    this.#running = false;
  }

  /** Answers how long to wait before the next time. */
  async #once() {
    try {
      this.#from = this.#looked = await this.#hooks.fetch(this.#from, this.#heard);
      if (this.#failing) this.#hooks.failed(null);
      this.#failing = false;
      return EVERY;
    } catch (failure) {
      if (!this.#signal.aborted) this.#hooks.failed(failure);
      this.#failing = true;
      return AFTER_A_FAILURE;
    }
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
