// Owns what was written and is not saved: it outlives other pages, a reload and the end of the session.
import { tag, tagOf } from "../ui/api.js";

const STORE = "fleetcast.drafts";

/** How that state is called, wherever it is seen. */
export const UNSAVED = "Not saved yet: this is what you had written here.";

/**
 * The drafts of one person in one tab of the browser; whoever else signs in there does not get them.
 *
 * @typedef {{written: object, seen: object | null}} Draft what was written, and what was there when its writer began
 */
export class Drafts {
  #subject;
  /** @type {Map<string, Draft>} */
  #all = new Map();

  /** @param {string} subject */
  constructor(subject) {
    this.#subject = subject;
    const stored = read();
    if (stored?.subject !== subject) return;
    for (const [key, { written, seen, etag }] of stored.drafts) {
      if (seen && etag) tag(seen, etag); // or it could be saved over what its writer has not seen
      this.#all.set(key, { written, seen });
    }
  }

  /** @param {string} key the address of what it is about @returns {Draft | null} */
  get(key) {
    return this.#all.get(key) ?? null;
  }

  keep(key, written, seen) {
    this.#all.set(key, { written, seen });
    this.#store();
  }

  drop(key) {
    if (this.#all.delete(key)) this.#store();
  }

  #store() {
    const drafts = [...this.#all].map(([key, { written, seen }]) => [key, { written, seen, etag: tagOf(seen) }]);
    try {
      sessionStorage.setItem(STORE, JSON.stringify({ subject: this.#subject, drafts }));
    } catch {
      // A browser that keeps nothing, or no more, keeps them as long as this page lives.
    }
  }
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(STORE));
  } catch {
    return null;
  }
}
