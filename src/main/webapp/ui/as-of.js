// Owns the words that say that what a page shows is older than it should be, and of when it is.
import { timeOf } from "./clock.js";
import { write } from "./elements.js";

export class AsOf {
  #box;
  /** When what is shown was told, in milliseconds; null while nothing is. @type {number | null} */
  #at = null;

  /** @param {HTMLElement} box is seen only while it is needed */
  constructor(box) {
    this.#box = box;
  }

  /** Of when it is, if it is old; else null. */
  get at() {
    return this.#box.hidden ? null : this.#at;
  }

  /** The server has told what is shown; so many milliseconds ago. */
  fresh(age = 0) {
    this.#at = Date.now() - age;
    this.#box.hidden = true;
  }

  /** It may be otherwise by now: the server could not be asked, or does not answer. */
  old() {
    if (this.#at === null) return;
    write(this.#box, `as of ${timeOf(this.#at)}`);
    this.#box.hidden = false;
  }
}
