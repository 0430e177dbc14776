// Owns what is wanted to be seen of the fleet: the search, the choices, the numbers to press, and the same as address.
import { make, makeButton, write } from "../ui/elements.js";
import { ORDERS, ROTATIONS, SHOWN } from "./data.js";

const ANY = { q: "", model: "", rotation: "", show: "" };
const START = { ...ANY, sort: "last", reverse: false };

/** The numbers above the fleet, what each means, and what a press on it narrows the fleet to. */
const NUMBERS = [
  ["all", "devices", "", ANY],
  ["logging", "logging now", "A line in the last five minutes", { ...ANY, show: "logging" }],
  ["silent", "silent", "Active, and no line for five minutes", { ...ANY, show: "silent" }],
  ["errors", "with errors", "A line of level E in the last five minutes", { ...ANY, show: "errors" }],
  ["rotating", "rotating", "Waits for new credentials, or fetches them", { ...ANY, rotation: "ROTATING" }],
];

export class FleetFilters {
  /** @type {import("./data.js").Wanted} */
  wanted = { ...START };
  #section;
  #changed;
  #numbers = new Map();

  /**
   * @param {HTMLElement} section holds `.fleet-counts` and `.fleet-tools`
   * @param {{changed: () => void, down: () => void, enter: () => void}} hooks something else is wanted; keys that lead
   *   from the search to the rows
   */
  constructor(section, { changed, down, enter }) {
    this.#section = section;
    this.#changed = changed;
    this.#part(".fleet-counts").append(...NUMBERS.map((number) => this.#makeNumber(number)));
    this.#makeChoices();
    this.#makeSearch(down, enter);
    for (const selector of ["#fleet-clear", "#fleet-no-match button"]) {
      this.#part(selector).addEventListener("click", () => this.#clear());
    }
  }

  /** Takes over what the address says, if it says anything; what it says wrongly is as at the start. */
  read() {
    const named = new URLSearchParams(location.hash.split("?")[1] ?? "");
    if (named.size > 0) this.wanted = wantedOf(named);
    this.#show();
  }

  /** Something else is wanted from now on. @param {Partial<import("./data.js").Wanted>} change */
  want(change) {
    this.wanted = { ...this.wanted, ...change };
    const query = queryOf(this.wanted);
    history.replaceState(null, "", query ? `#/?${query}` : "#/");
    this.#show();
    this.#changed();
  }

  /** By that column, or, if it is that already, the other way round. */
  sortBy(name) {
    const { sort, reverse } = this.wanted;
    this.want({ sort: name, reverse: sort === name && !reverse });
  }

  search() {
    this.#part("#fleet-search").focus();
    this.#part("#fleet-search").select();
  }

  /** The models to choose from. @param {[number, string][]} models */
  offer(models) {
    fill(this.#part("#fleet-model"), [["", "Any model"], ...models]);
    this.#show();
  }

  /** @param {Record<string, number | null>} counts by the names of the numbers; null: not known */
  count(counts) {
    for (const [name, count] of Object.entries(counts)) {
      const { button, number } = this.#numbers.get(name);
      write(number, count === null ? "–" : count.toLocaleString());
      button.classList.toggle("none", !count);
    }
  }

  #clear() {
    this.want(ANY);
    this.#part("#fleet-search").focus();
  }

  #show() {
    const { q, model, rotation, show, sort } = this.wanted;
    for (const [name, value] of Object.entries({ search: q, model, rotation, show, order: sort })) {
      const field = this.#part(`#fleet-${name}`);
      if (field.value !== value) field.value = value;
    }
    const fields = Object.keys(ANY);
    this.#part("#fleet-clear").hidden = fields.every((name) => this.wanted[name] === "");
    for (const [name, , , meant] of NUMBERS) {
      const pressed = fields.every((field) => this.wanted[field] === meant[field]);
      this.#numbers.get(name).button.setAttribute("aria-pressed", String(pressed));
    }
  }

  #makeNumber([name, words, title, meant]) {
    const number = make("strong", "", "–");
    const button = makeButton("", number, () => this.want(button.getAttribute("aria-pressed") === "true" ? ANY : meant));
    button.append(` ${words}`);
    button.dataset.count = name;
    button.title = title;
    this.#numbers.set(name, { button, number });
    return make("li", "", button);
  }

  #makeChoices() {
    const choice = (name, all, change) => {
      const select = this.#part(`#fleet-${name}`);
      fill(select, Object.entries(all).map(([value, [words]]) => [value, words]));
      select.addEventListener("change", () => this.want(change(select.value)));
    };
    choice("model", { "": ["Any model"] }, (model) => ({ model }));
    choice("rotation", ROTATIONS, (rotation) => ({ rotation }));
    choice("show", SHOWN, (show) => ({ show }));
    choice("order", ORDERS, (sort) => ({ sort, reverse: false }));
  }

  #makeSearch(down, enter) {
    const search = this.#part("#fleet-search");
    search.addEventListener("input", () => this.want({ q: search.value }));
    search.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown") return;
      event.preventDefault();
      down();
    });
    this.#part(".fleet-tools").addEventListener("submit", (event) => {
      event.preventDefault();
      enter();
    });
  }

  #part(selector) {
    return this.#section.querySelector(selector);
  }
}

function fill(select, choices) {
  select.replaceChildren(...choices.map(([value, words]) => new Option(words, String(value))));
}

function wantedOf(named) {
  const among = (all, name) => (Object.hasOwn(all, named.get(name) ?? "") ? named.get(name) : null);
  return {
    q: named.get("q") ?? "",
    model: /^\d+$/.test(named.get("model") ?? "") ? named.get("model") : "",
    rotation: among(ROTATIONS, "rotation") ?? "",
    show: among(SHOWN, "show") ?? "",
    sort: among(ORDERS, "sort") ?? START.sort,
    reverse: named.get("reverse") === "true",
  };
}

function queryOf(wanted) {
  const told = Object.entries(wanted).filter(([name, value]) => value !== START[name]);
  return new URLSearchParams(told.map(([name, value]) => [name, String(value)])).toString();
}
