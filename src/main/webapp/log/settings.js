// Owns how this reader wants logs to look, and that this browser remembers it.

const STORE = "fleetcast.log";
const DEFAULTS = { wrap: true, colours: true, utc: false, histogram: true };

/** Fires `change` after a choice has changed. */
class Settings extends EventTarget {
  #chosen = { ...DEFAULTS, ...stored() };

  get wrap() {
    return this.#chosen.wrap;
  }

  get colours() {
    return this.#chosen.colours;
  }

  get utc() {
    return this.#chosen.utc;
  }

  get histogram() {
    return this.#chosen.histogram;
  }

  /** @param {"wrap" | "colours" | "utc" | "histogram"} name @param {boolean} value */
  choose(name, value) {
    if (this.#chosen[name] === value) return;
    this.#chosen[name] = value;
    try {
      localStorage.setItem(STORE, JSON.stringify(this.#chosen));
    } catch {
      // A browser that keeps nothing forgets this too.
    }
    this.dispatchEvent(new Event("change"));
  }
}

export const settings = new Settings();

function stored() {
  try {
    const known = JSON.parse(localStorage.getItem(STORE)) ?? {};
    const isChoice = ([name, value]) => name in DEFAULTS && typeof value === "boolean";
    return Object.fromEntries(Object.entries(known).filter(isChoice));
  } catch {
    return {};
  }
}
