// Owns which rows of the fleet are on the screen: only those in sight are in the document, and the keyboard moves on.
import { as, make, makeButton } from "../ui/elements.js";
import { COLUMNS, FleetRow } from "./row.js";

const BEYOND = 6;
/** For so long after somebody moved among the rows they stay where they are. */
const CALM = 4000;

export class FleetGrid {
  #root;
  #space;
  #columns;
  #hooks;
  /** @type {import("./data.js").FleetDevice[]} */
  #devices = [];
  /** @type {Map<number, {row: FleetRow, device: import("./data.js").FleetDevice}>} */
  #drawn = new Map();
  /** @type {FleetRow[]} */
  #spare = [];
  #activeId = /** @type {number | null} */ (null);
  #height = 48;
  #top = 0;
  #frame = 0;
  #pointed = false;
  #busyUntil = 0;

  /**
   * @param {HTMLElement} root is scrolled; holds `.fleet-columns` and `.fleet-space`
   * @param {{now: () => number, sort: (name: string) => void, seen: () => void, calm: () => void}} hooks what time it
   *   is; a column was pressed; other rows came into sight; the pointer has left
   */
  constructor(root, hooks) {
    this.#root = root;
    this.#space = root.querySelector(".fleet-space");
    this.#columns = root.querySelector(".fleet-columns");
    this.#hooks = hooks;
    this.#makeColumns();
    root.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    root.addEventListener("keydown", (event) => this.#pressed(event));
    this.#space.addEventListener("click", (event) => this.#clicked(event));
    this.#space.addEventListener("pointerenter", () => (this.#pointed = true));
    this.#space.addEventListener("pointerleave", () => {
      this.#pointed = false;
      hooks.calm();
    });
    new ResizeObserver(() => this.#measure()).observe(root);
  }

  /** Whether rows may change places: nobody points at them, and nobody has just moved among them. */
  get calm() {
    return !this.#pointed && performance.now() > this.#busyUntil;
  }

  /** Whether the pointer is over the rows. */
  get pointed() {
    return this.#pointed;
  }

  /** The ids of the devices in sight. */
  get inSight() {
    return [...this.#drawn.keys()];
  }

  /** Shows these devices in this order. @param {import("./data.js").FleetDevice[]} devices */
  show(devices) {
    this.#devices = devices;
    this.#root.setAttribute("aria-rowcount", String(devices.length + 1));
    this.#draw();
  }

  /** What is known of the devices has changed; they stay where they are. */
  refresh() {
    const now = this.#hooks.now();
    for (const { row, device } of this.#drawn.values()) row.show(device, now);
  }

  tick() {
    const now = this.#hooks.now();
    for (const { row, device } of this.#drawn.values()) row.tick(device, now);
  }

  /** Tells by which column the rows are sorted. */
  sorted(name, reverse) {
    for (const header of this.#columns.querySelectorAll("[role=columnheader]")) {
      const mine = header.dataset.sort === name;
      // Names and ages go up at first, numbers go down.
      const up = ["name", "last", "failed"].includes(name) !== reverse;
      if (mine) header.setAttribute("aria-sort", up ? "ascending" : "descending");
      else if (header.dataset.sort) header.setAttribute("aria-sort", "none");
    }
  }

  toTop() {
    this.#root.scrollTop = 0;
    this.#top = 0;
  }

  /** What is hidden forgets how far it was scrolled. */
  comeBack() {
    this.#pointed = false;
    this.#root.scrollTop = this.#top;
    this.#measure();
  }

  focus() {
    this.#root.focus({ preventScroll: true });
  }

  /** Opens the log of the row that the keyboard is at, or of the first one. @param {string} query of the address */
  openActive(query = "") {
    const device = this.#devices[Math.max(0, this.#activeIndex())];
    if (device) location.hash = `#/devices/${device.id}${query}`;
  }

  /** Moves the keyboard's row, from none to the first one. */
  move(by) {
    if (this.#devices.length === 0) return;
    const from = this.#activeIndex();
    const wanted = from < 0 && Math.abs(by) === 1 ? 0 : Math.max(0, from) + by;
    const to = Math.min(this.#devices.length - 1, Math.max(0, wanted));
    this.#activeId = this.#devices[to].id;
    this.#busyUntil = performance.now() + CALM;
    this.#intoSight(to);
    this.#draw();
  }

  #activeIndex() {
    return this.#activeId === null ? -1 : this.#devices.findIndex(({ id }) => id === this.#activeId);
  }

  #makeColumns() {
    for (const { name, words, sort, title } of COLUMNS) {
      const content = sort ? makeButton("", words, () => this.#hooks.sort(sort)) : words;
      const header = as("columnheader", make("div", `fleet-${name}`, content));
      if (sort) header.dataset.sort = sort;
      if (title) content.title = title; // only a column to sort by has one
      this.#columns.firstElementChild.append(header);
    }
  }

  #scrolled() {
    if (this.#root.hidden || this.#root.clientHeight === 0) return;
    this.#top = this.#root.scrollTop;
    this.#busyUntil = performance.now() + CALM;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** A row's height is the style sheet's business; all have the same. */
  #measure() {
    const ruler = new FleetRow().element;
    this.#space.append(ruler);
    const { height } = ruler.getBoundingClientRect();
    ruler.remove();
    if (height > 0) this.#height = height;
    this.#draw();
  }

  #intoSight(index) {
    const head = this.#columns.offsetHeight;
    const view = this.#root.clientHeight - head;
    const top = index * this.#height;
    if (top < this.#root.scrollTop) this.#root.scrollTop = top;
    else if (top + this.#height > this.#root.scrollTop + view) this.#root.scrollTop = top + this.#height - view;
  }

  #draw() {
    const view = this.#root.clientHeight;
    if (view === 0) return; // hidden
    this.#space.style.height = `${this.#devices.length * this.#height}px`;
    const first = Math.max(0, Math.floor(this.#root.scrollTop / this.#height) - BEYOND);
    const end = Math.min(this.#devices.length, Math.ceil((this.#root.scrollTop + view) / this.#height) + BEYOND);
    const wanted = new Set(this.#devices.slice(first, end).map(({ id }) => id));
    for (const [id, { row }] of this.#drawn) {
      if (wanted.has(id)) continue;
      row.element.remove();
      this.#spare.push(row);
      this.#drawn.delete(id);
    }
    const fresh = this.#place(first, end);
    this.#spare.length = Math.min(this.#spare.length, 2 * BEYOND);
    this.#pointActive();
    if (fresh) this.#hooks.seen();
  }

  /** In the document the rows are in their order, too. Answers whether a device was not in sight before. */
  #place(first, end) {
    const now = this.#hooks.now();
    let fresh = false;
    let next = this.#space.firstElementChild;
    for (let index = first; index < end; index++) {
      const device = this.#devices[index];
      const drawn = this.#drawn.get(device.id) ?? { row: this.#spare.pop() ?? new FleetRow(), device };
      const { element } = drawn.row;
      drawn.device = device;
      drawn.row.show(device, now);
      element.style.transform = `translateY(${index * this.#height}px)`;
      element.setAttribute("aria-rowindex", String(index + 2));
      if (element === next) next = next.nextElementSibling;
      else this.#space.insertBefore(element, next);
      if (this.#drawn.has(device.id)) continue;
      element.id = `fleet-row-${device.id}`;
      this.#drawn.set(device.id, drawn);
      fresh = true;
    }
    return fresh;
  }

  #pointActive() {
    for (const [id, { row }] of this.#drawn) {
      if (id === this.#activeId) row.element.setAttribute("aria-selected", "true");
      else row.element.removeAttribute("aria-selected");
    }
    if (this.#activeId !== null && this.#drawn.has(this.#activeId)) {
      this.#root.setAttribute("aria-activedescendant", `fleet-row-${this.#activeId}`);
    } else this.#root.removeAttribute("aria-activedescendant");
  }

  #pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target !== this.#root) return;
    const page = Math.max(1, Math.floor((this.#root.clientHeight - this.#columns.offsetHeight) / this.#height) - 1);
    const all = this.#devices.length;
    const steps = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: page, PageUp: -page, Home: -all, End: all };
    if (event.key in steps) this.move(steps[event.key]);
    else if (event.key === "Enter") this.openActive();
    else return;
    event.preventDefault();
  }

  /** The link is as large as the row, but for what has a title of its own. */
  #clicked(event) {
    const element = event.target.closest(".fleet-row");
    const [id] = [...this.#drawn].find(([, { row }]) => row.element === element) ?? [null];
    if (id !== null) this.#activeId = id;
    if (element && !event.target.closest("a")) element.querySelector("a").click();
  }
}
