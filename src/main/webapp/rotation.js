// Owns the rotation of the fleet: where it stands, and the button that starts it.
import { get, post, tell } from "./api.js";

export class Rotation {
  #root;
  #dialog;
  #asked = 0;

  /**
   * @param {HTMLElement} root holds `.rotation-status` and `.rotate-all`
   * @param {HTMLDialogElement} dialog asks whether it is meant
   * @param {boolean} mayRotate whether this person may write
   * @param {AbortSignal} signal ends it
   */
  constructor(root, dialog, mayRotate, signal) {
    this.#root = root;
    this.#dialog = dialog;
    this.#part(".rotate-all").hidden = !mayRotate;
    this.#part(".rotate-all").addEventListener("click", () => this.#ask(), { signal });
    dialog.querySelector("form").addEventListener("submit", (event) => this.#decided(event), { signal });
    signal.addEventListener("abort", () => dialog.close());
  }

  /** Looks where it stands; of several looks under way the last one counts. */
  async load() {
    const asked = ++this.#asked;
    try {
      const status = await get("/api/rotation/status");
      if (asked === this.#asked) this.#part(".rotation-status").textContent = standing(status);
    } catch (failure) {
      if (asked === this.#asked) this.#part(".rotation-status").textContent = failure.message;
    }
  }

  #ask() {
    tell(this.#dialog.querySelector(".notice"), null);
    this.#dialog.showModal();
  }

  async #decided(event) {
    if (event.submitter?.value !== "rotate") return; // the dialog closes by itself
    event.preventDefault();
    try {
      await post("/api/rotation/trigger");
      this.#dialog.close();
    } catch (failure) {
      tell(this.#dialog.querySelector(".notice"), failure);
    }
  }

  #part(selector) {
    return this.#root.querySelector(selector);
  }
}

/** A few words: what is under way, else what did not work, else when it is due. */
function standing(status) {
  const { PENDING, QUEUED, TIMEOUT } = status.counts_by_state;
  const late = TIMEOUT > 0 ? `, ${TIMEOUT} timed out` : "";
  if (PENDING + QUEUED > 0) return `Rotating: ${PENDING + QUEUED} to go${late}`;
  if (TIMEOUT > 0) return `${TIMEOUT} timed out`;
  const next = status.next_scheduled_rotation;
  return next === null ? "No rotation under way" : `Next rotation ${new Date(next).toLocaleString()}`;
}
