// Owns what of a log is on the screen: only the rows in sight are in the document, drawn once per animation frame.
import { make } from "../ui/elements.js";
import { LineBuffer } from "./line-buffer.js";
import { rowShape } from "./line.js";

/** The newest lines of a view that are kept. */
const CAPACITY = 100_000;
const BEYOND = 400;
const NEAR_TOP = 3000;
const NEAR_END = 8;
const ROUNDS = 4;

/**
 * Follows the newest row until the reader scrolls up; from then on the row that the reader looks at stays where it is,
 * whatever comes below, is fetched above or turns out higher than it was taken for.
 */
export class LogList {
  #scroller;
  #space;
  #list;
  #rulerText;
  #hooks;
  #buffer = new LineBuffer((entry) => this.#estimate(entry));
  /** @type {Map<import("./line-buffer.js").Entry, HTMLElement>} */
  #drawn = new Map();
  #following = true;
  #unseen = 0;
  /** The row at the upper edge and how far it is cut off there: what must not move. */
  #anchor = null;
  #expected = 0;
  #frame = 0;
  #metrics = { row: 20, columns: 80, gap: 40 };
  #wrap = true;
  #widest = 0;
  /** Whether a row of a list that was followed grows, which may make it longer than what is in sight. */
  #grows = false;
  /** @type {import("./line.js").Look} */
  #look = { utc: false, colours: true, link: () => "", device: null };

  /**
   * @typedef {object} Hooks
   * @property {() => void} changed a change has been drawn
   * @property {() => void} nearTop the oldest rows are near
   * @property {(entry: import("./line-buffer.js").Entry, row: HTMLElement) => void} drawn a row came into the document, or
   *   what is shown on rows has changed
   * @property {(entry: import("./line-buffer.js").Entry) => void} gone its row has left the document
   *
   * @param {HTMLElement} scroller holds an element `.space` with an `ol` in it
   * @param {Hooks} hooks
   */
  constructor(scroller, hooks) {
    this.#scroller = scroller;
    this.#space = scroller.querySelector(".space");
    this.#list = scroller.querySelector("ol");
    this.#hooks = hooks;
    this.#rulerText = ruler();
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    scroller.addEventListener("wheel", (event) => event.deltaY < 0 && this.#letGo(), { passive: true });
    new ResizeObserver(() => this.#resized()).observe(scroller);
  }

  get count() {
    return this.#buffer.count;
  }

  get full() {
    return this.#buffer.count >= CAPACITY;
  }

  get following() {
    return this.#following;
  }

  /** How many came below since the reader has let go. */
  get unseen() {
    return this.#unseen;
  }

  get first() {
    return this.#buffer.first;
  }

  get last() {
    return this.#buffer.last;
  }

  /** All entries, from the oldest to the newest. */
  [Symbol.iterator]() {
    return this.#buffer[Symbol.iterator]();
  }

  has(entry) {
    return this.#buffer.has(entry);
  }

  find(id) {
    return this.#buffer.find(id);
  }

  /** The first entry of that time or a later one; the last where all are earlier. */
  nearest(at) {
    return this.#buffer.nearest(at);
  }

  beside(entry, step) {
    return this.#buffer.beside(entry, step);
  }

  compare(a, b) {
    return this.#buffer.compare(a, b);
  }

  /** What a row in the document shows. */
  entryOf(row) {
    for (const [entry, element] of this.#drawn) if (element === row) return entry;
    return null;
  }

  /** The first and the last entry that the reader sees. */
  get inSight() {
    const { scrollTop, clientHeight } = this.#scroller;
    const { entries } = this.#buffer.between(scrollTop, scrollTop + clientHeight);
    return { first: entries[0] ?? null, last: entries.at(-1) ?? null };
  }

  clear() {
    this.#buffer.clear();
    this.#anchor = null;
    this.#following = true;
    this.#unseen = 0;
    this.#widest = 0;
    this.#later();
  }

  /** Takes new lines in at the end, and lets go of the oldest ones. */
  append(entries) {
    for (const entry of entries) if (this.#buffer.add(entry) && !this.#following) this.#unseen++;
    this.#buffer.trimOldest(CAPACITY);
    this.#later();
  }

  /** Takes older entries in at their place. */
  insert(entries) {
    for (const entry of entries) this.#buffer.add(entry);
    this.#later();
  }

  remove(entry) {
    this.#buffer.remove(entry);
    this.#later();
  }

  /** Makes room for older lines; answers whether newest ones had to go. */
  trimNewest() {
    return this.#buffer.trimNewest(CAPACITY);
  }

  follow() {
    this.#following = true;
    this.#unseen = 0;
    this.#later();
  }

  /** How far below the upper edge an entry begins; null when it is not in sight. */
  offsetOf(entry) {
    const { scrollTop, clientHeight } = this.#scroller;
    const offset = this.#buffer.topOf(entry) - scrollTop;
    return offset > -this.#metrics.row && offset < clientHeight - this.#metrics.row ? offset : null;
  }

  /**
   * Shows an entry so far below the upper edge, or, without that, in the middle, unless it is in sight already; what
   * follows does not move it.
   */
  reveal(entry, offset = null) {
    const now = this.offsetOf(entry);
    if (offset === null && !this.#following && now !== null && now >= 0) return;
    this.#following = false;
    this.#anchor = { entry, cut: -(offset ?? this.#scroller.clientHeight / 2) };
    this.touch();
  }

  wrap(on) {
    this.#wrap = on;
    this.#widest = 0;
    this.#scroller.classList.toggle("wrap", on);
    this.#resized();
  }

  /** Draws all rows in another way. @param {Partial<import("./line.js").Look>} look */
  show(look) {
    this.#look = { ...this.#look, ...look };
    for (const [entry, element] of this.#drawn) {
      element.remove();
      this.#hooks.gone(entry);
    }
    this.#drawn.clear();
    this.#widest = 0;
    this.#resized();
  }

  /** Draws one row again, which shows more of its line than before. */
  redraw(entry) {
    // It grows downwards from where the reader has it, and does not run away to its end.
    if (this.#following) {
      this.#grows = true;
      this.#following = false;
      this.#anchorHere();
    }
    this.#drawn.get(entry)?.remove();
    this.#drawn.delete(entry);
    this.#hooks.gone(entry);
    this.#later();
  }

  /** What is shown on rows has changed: a mark, a choice. */
  redecorate() {
    for (const [entry, element] of this.#drawn) this.#hooks.drawn(entry, element);
  }

  /** Something that is told with the rows has changed. */
  touch() {
    this.#later();
  }

  #letGo() {
    if (!this.#following || this.#scroller.scrollHeight <= this.#scroller.clientHeight) return;
    this.#following = false;
    this.#anchorHere();
    this.#later();
  }

  /** What we have set ourselves comes back as an event too, and is no wish of the reader's. */
  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const moved = scrollTop - this.#expected;
    if (Math.abs(moved) <= 1) return;
    this.#expected = scrollTop;
    const atEnd = scrollHeight - clientHeight - scrollTop <= NEAR_END;
    if (this.#following && moved < 0 && !atEnd) this.#letGo();
    else if (!this.#following && moved > 0 && atEnd) this.follow();
    if (!this.#following) this.#anchorHere();
    this.#later();
  }

  #anchorHere() {
    const { scrollTop, clientHeight } = this.#scroller;
    const { entries, top } = this.#buffer.between(scrollTop, scrollTop + clientHeight);
    this.#anchor = entries.length > 0 ? { entry: entries[0], cut: scrollTop - top } : null;
  }

  #resized() {
    const text = this.#rulerText;
    this.#list.append(text.row);
    const row = text.row.getBoundingClientRect().height;
    const letter = text.letters.getBoundingClientRect().width / text.letters.textContent.length;
    const columns = Math.max(1, Math.floor(text.text.getBoundingClientRect().width / letter));
    text.row.remove();
    if (row > 0) this.#metrics = { row, columns: this.#wrap ? columns : Number.POSITIVE_INFINITY, gap: 2 * row };
    this.#buffer.reestimate();
    this.#later();
  }

  #estimate(entry) {
    const { row, columns, gap } = this.#metrics;
    const { shown } = entry;
    if (shown === undefined) return gap;
    if (shown.length <= columns && !shown.includes("\n")) return row;
    return shown.split("\n").reduce((sum, part) => sum + row * Math.max(1, Math.ceil(part.length / columns)), 0);
  }

  #later() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
      this.#hooks.changed();
    });
  }

  #draw() {
    const view = this.#scroller.clientHeight;
    let target = this.#target(view);
    for (let round = 0; round < ROUNDS; round++) {
      this.#place(this.#buffer.between(target - BEYOND, target + view + BEYOND));
      const changed = this.#measure();
      target = this.#target(view);
      if (!changed) break;
    }
    if (this.#grows && this.#buffer.height <= view) this.#following = true; // its end is still in sight
    this.#grows = false;
    this.#space.style.height = `${this.#buffer.height}px`;
    if (Math.abs(this.#scroller.scrollTop - target) > 0.5) this.#scroller.scrollTop = target;
    this.#expected = this.#scroller.scrollTop;
    if (!this.#following && target < NEAR_TOP) this.#hooks.nearTop();
  }

  /** Where to scroll to, so that the newest row is in sight or the anchor stays where it is. */
  #target(view) {
    const end = Math.max(0, this.#buffer.height - view);
    if (this.#following) return end;
    const anchor = this.#anchor;
    if (!anchor || !this.#buffer.has(anchor.entry)) return Math.min(end, this.#scroller.scrollTop);
    return Math.max(0, Math.min(end, this.#buffer.topOf(anchor.entry) + anchor.cut));
  }

  #place({ entries, top }) {
    const wanted = new Set(entries);
    for (const [entry, element] of this.#drawn) {
      if (wanted.has(entry)) continue;
      element.remove();
      this.#drawn.delete(entry);
      this.#hooks.gone(entry);
    }
    let next = this.#list.firstElementChild;
    for (const entry of entries) {
      const known = this.#drawn.get(entry);
      const element = known ?? entry.draw(this.#look);
      if (element === next) next = next.nextElementSibling;
      else this.#list.insertBefore(element, next);
      if (known) continue;
      this.#drawn.set(entry, element);
      this.#hooks.drawn(entry, element);
    }
    this.#list.style.transform = `translateY(${top}px)`;
  }

  #measure() {
    let changed = false;
    for (const [entry, element] of this.#drawn) {
      if (this.#buffer.measured(entry, element.getBoundingClientRect().height)) changed = true;
    }
    // Without wrapping, the widest row seen so far decides, or the bar would jump with every row.
    this.#widest = Math.max(this.#widest, this.#wrap ? 0 : this.#list.offsetWidth);
    this.#space.style.minWidth = this.#wrap ? "" : `${this.#widest}px`;
    return changed;
  }
}

/** A row to measure with, and to remove again. */
function ruler() {
  const row = rowShape();
  row.classList.add("ruler");
  const [when, , text] = row.children;
  when.firstElementChild.textContent = "00:00:00.000";
  const letters = make("span", "", "0123456789");
  text.append(letters);
  return { row, text, letters };
}
