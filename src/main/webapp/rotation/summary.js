// Owns the words below the list of devices that say where the rotation stands.
import { Failure, get } from "../ui/api.js";
import { AsOf } from "../ui/as-of.js";

export class RotationSummary {
  #link;
  #asOf;
  #asked = 0;

  /** @param {HTMLElement} root holds a link to the page of the rotation, and `.as-of` */
  constructor(root) {
    this.#link = root.querySelector("a");
    this.#asOf = new AsOf(root.querySelector(".as-of"));
  }

  /** Looks where it stands; of several looks under way the last one counts. */
  async load() {
    const asked = ++this.#asked;
    try {
      const status = await get("/api/rotation/status");
      if (asked !== this.#asked) return;
      this.#link.textContent = standing(status);
      this.#asOf.fresh();
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      if (asked === this.#asked) this.#asOf.old(); // it is looked for again with the list above
    }
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
