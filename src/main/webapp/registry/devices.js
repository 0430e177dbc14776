// Owns the list of devices: loading it, searching in it and marking the one that is open.
import { get, tell } from "../ui/api.js";
import { AsOf } from "../ui/as-of.js";
import { make, makeBadge, makeLink } from "../ui/elements.js";

/** What the states of a rotation are called on a badge. */
export const ROTATION = { QUEUED: "queued", PENDING: "pending", TIMEOUT: "timed out" };

export class Devices {
  /** Why the list could not be loaded the last time; null when it was. */
  failure = null;
  #nav;
  #changed;
  #all = null;
  #items = new Map();
  #openId = null;
  #loading = null;
  #stale = false;
  #undrawn = false;
  #asOf;

  /** `changed` is called after every load. */
  constructor(nav, changed) {
    this.#nav = nav;
    this.#changed = changed;
    this.#asOf = new AsOf(this.#part(".as-of"));
    this.#part("#search").addEventListener("input", () => this.#filter());
  }

  /** Whether the list is known, and known to be empty. */
  get none() {
    return this.#all?.length === 0;
  }

  /** Every device as the server lists it; null while nobody knows. */
  get all() {
    return this.#all;
  }

  find(id) {
    return this.#all?.find((device) => device.id === id) ?? null;
  }

  /** Loads the list; a call while one is under way makes one more round and no more. */
  load() {
    this.#stale = true;
    this.#loading ??= this.#rounds().finally(() => (this.#loading = null));
    return this.#loading;
  }

  mark(id) {
    this.#openId = id;
    this.#draw();
    for (const [device, item] of this.#items) {
      const link = item.firstElementChild;
      if (device.id === id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  async #rounds() {
    while (this.#stale) {
      this.#stale = false;
      try {
        this.#all = (await get("/api/devices")).devices;
        this.#undrawn = true;
        this.#draw();
        this.failure = null;
        this.#asOf.fresh();
        tell(this.#part("#device-notice"), null);
      } catch (failure) {
        this.failure = failure;
        this.#asOf.old();
        tell(this.#part("#device-notice"), failure, () => this.load());
      }
    }
    this.#changed();
  }

  /** Thousands of devices are not drawn for nobody: on some pages the list is hidden. */
  #draw() {
    if (!this.#undrawn || this.#nav.hidden) return;
    this.#undrawn = false;
    const focused = document.activeElement?.closest("#device-list a")?.hash;
    this.#items = new Map(this.#all.map((device) => [device, itemOf(device)]));
    this.#part("#device-list").replaceChildren(...this.#items.values());
    this.mark(this.#openId);
    this.#filter();
    if (focused) this.#part(`a[href="${focused}"]`)?.focus();
  }

  #filter() {
    const wanted = this.#part("#search").value.trim().toLowerCase();
    let shown = 0;
    for (const [device, item] of this.#items) {
      item.hidden = !wordsOf(device).includes(wanted);
      if (!item.hidden) shown++;
    }
    const all = this.#items.size;
    this.#part("#no-match").hidden = shown > 0 || all === 0;
    this.#part("#device-count").textContent =
      shown < all ? `${shown} of ${all}` : `${all} ${all === 1 ? "device" : "devices"}`;
  }

  #part(selector) {
    return this.#nav.querySelector(selector);
  }
}

/** What people call a device. */
export function nameOf(device) {
  return device.device_name || device.device_entity_id || device.key;
}

/** What a search for a device looks in, in lower case. */
export function wordsOf(device) {
  return `${device.device_name ?? ""} ${device.device_entity_id ?? ""} ${device.key}`.toLowerCase();
}

function itemOf(device) {
  const { active, rotation_state: state } = device;
  const about = make(
    "span",
    "device-about",
    make("span", "device-entity", device.device_entity_id || "no entity id"),
    active ? null : makeBadge("inactive"),
    state === "OK" ? null : makeBadge(`rotation ${ROTATION[state] ?? state.toLowerCase()}`, state),
  );
  return make("li", "", makeLink(`#/devices/${device.id}`, "", make("span", "device-name", nameOf(device)), about));
}
