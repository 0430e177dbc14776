// Owns the question that comes before whatever cannot be taken back: it says what will happen, and does it.
import { Failure, tell } from "./api.js";
import { make } from "./elements.js";

/** One dialog, asked again and again. A failure is told in it, and it stays open. */
export class Confirm {
  #dialog;
  #question = null;

  /**
   * @param {HTMLDialogElement} dialog holds a heading, `.words`, `.notice` and the buttons `cancel` and `do`
   * @param {AbortSignal} signal ends it
   */
  constructor(dialog, signal) {
    this.#dialog = dialog;
    this.#part("form").addEventListener("submit", (event) => this.#decided(event), { signal });
    signal.addEventListener("abort", () => dialog.close());
  }

  /**
   * @param {{title: string, words: string[], action: string, danger?: boolean, run: () => Promise<void>}} question
   *   `words`: what will happen, a paragraph each; `action`: what the button says; `run` does it
   */
  ask(question) {
    this.#question = question;
    this.#part("h1").textContent = question.title;
    this.say(question.words);
    const button = this.#part("button[value=do]");
    button.textContent = question.action;
    button.classList.toggle("danger", question.danger ?? false);
    tell(this.#part(".notice"), null);
    this.#dialog.showModal();
  }

  /** Says something else while it is open, since more has become known. */
  say(words) {
    this.#part(".words").replaceChildren(...words.map((sentence) => make("p", "", sentence)));
  }

  async #decided(event) {
    if (event.submitter?.value !== "do") return; // the dialog closes by itself
    event.preventDefault();
    if (this.#question.running) return;
    this.#question.running = true;
    try {
      await this.#question.run();
      this.#dialog.close();
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      tell(this.#part(".notice"), failure);
    } finally {
      this.#question.running = false;
    }
  }

  #part(selector) {
    return this.#dialog.querySelector(selector);
  }
}
