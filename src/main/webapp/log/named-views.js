// Owns the views of logs that this browser keeps under a name: devices, layout, filter and range of time.
import { make, makeButton, makeLink } from "../ui/elements.js";

const STORE = "fleetcast.views";
const MOST = 100;

export class NamedViews {
  #dialog;
  #address;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {() => string} address what to keep: what of the address begins with #
   */
  constructor(dialog, address) {
    this.#dialog = dialog;
    this.#address = address;
    this.#part("form").addEventListener("submit", (event) => this.#submitted(event));
  }

  ask() {
    this.#part(".view-title").value = "";
    this.#show(stored());
    this.#dialog.showModal();
  }

  close() {
    this.#dialog.close();
  }

  #submitted(event) {
    if (event.submitter?.value !== "keep") return; // the dialog closes by itself
    event.preventDefault();
    const name = this.#part(".view-title").value.trim();
    if (name === "") return;
    const others = stored().filter((view) => view.name !== name);
    this.#keep([...others, { name, hash: this.#address() }]);
    this.#part(".view-title").value = "";
  }

  #keep(views) {
    const kept = views.slice(-MOST);
    try {
      localStorage.setItem(STORE, JSON.stringify(kept));
      this.#show(kept);
    } catch {
      this.#part(".views-words").textContent = "This browser keeps nothing for this page.";
    }
  }

  #show(views) {
    const sorted = [...views].sort((a, b) => a.name.localeCompare(b.name));
    this.#part(".view-list").replaceChildren(...sorted.map((view) => this.#item(view)));
    this.#part(".views-words").textContent = sorted.length === 0 ? "None is kept yet." : "";
  }

  #item({ name, hash }) {
    const link = makeLink(hash, "view-link", name);
    link.addEventListener("click", () => this.close());
    const drop = makeButton("button small", "×", () => this.#keep(stored().filter((view) => view.name !== name)));
    drop.setAttribute("aria-label", `Forget ${name}`);
    return make("li", "", link, drop);
  }

  #part(selector) {
    return this.#dialog.querySelector(selector);
  }
}

/** Whatever else was put there is left out: a link leads to a log and nowhere else. */
function stored() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE)) ?? [];
    return kept.filter(({ name, hash }) => typeof name === "string" && /^#\/(devices\/\d|logs)/.test(hash));
  } catch {
    return [];
  }
}
