// Owns the dialog in which one device of many is picked.
import { nameOf, wordsOf } from "../registry/devices.js";
import { make } from "../ui/elements.js";

const MOST_SHOWN = 100;

export class DevicePicker {
  #dialog;
  #picked;
  #devices = [];

  /** @param {HTMLDialogElement} dialog @param {(id: number) => void} picked */
  constructor(dialog, picked) {
    this.#dialog = dialog;
    this.#picked = picked;
    this.#part("input").addEventListener("input", () => this.#show());
    this.#part("form").addEventListener("submit", (event) => this.#decided(event));
  }

  ask(devices) {
    this.#devices = devices;
    this.#part("input").value = "";
    this.#show();
    this.#dialog.showModal();
  }

  close() {
    this.#dialog.close();
  }

  /** Enter in the field picks the first. */
  #decided(event) {
    const value = event.submitter?.value || this.#part(".picker-list button")?.value;
    if (event.submitter?.value === "cancel" || !value) return;
    this.#picked(Number(value));
  }

  #show() {
    const wanted = this.#part("input").value.trim().toLowerCase();
    const found = this.#devices.filter((device) => wordsOf(device).includes(wanted));
    this.#part(".picker-list").replaceChildren(...found.slice(0, MOST_SHOWN).map(itemOf));
    this.#part(".picker-words").textContent =
      this.#devices.length === 0
        ? "There is no other device."
        : found.length === 0
          ? "No device matches this search."
          : found.length > MOST_SHOWN
            ? `${MOST_SHOWN} of ${found.length} devices; search for the others.`
            : "";
  }

  #part(selector) {
    return this.#dialog.querySelector(selector);
  }
}

function itemOf(device) {
  const name = make("span", "device-name", nameOf(device));
  const about = make("span", "muted", device.device_entity_id || "no entity id");
  const button = make("button", "picker-device", name, about);
  button.value = String(device.id);
  return make("li", "", button);
}
