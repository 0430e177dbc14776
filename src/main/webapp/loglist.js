// Owns what of a log is on the screen: only the rows in sight are in the document, drawn once per animation frame.
import { Blocks } from "./blocks.js";

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
  #blocks = new Blocks((entry) => this.#estimate(entry));
  /** @type {Map<import("./blocks.js").Entry, HTMLElement>} */
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

  /**
   * @param {HTMLElement} scroller holds an element `.space` with an `ol` in it
   * @param {{changed: () => void, nearTop: () => void}} hooks called after a change was drawn; while the oldest rows
   *   are near
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
    return this.#blocks.count;
  }

  get full() {
    return this.#blocks.count >= CAPACITY;
  }

  get following() {
    return this.#following;
  }

  /** How many came below since the reader has let go. */
  get unseen() {
    return this.#unseen;
  }

  get first() {
    return this.#blocks.first;
  }

  get last() {
    return this.#blocks.last;
  }

  clear() {
    this.#blocks.clear();
    this.#anchor = null;
    this.#following = true;
    this.#unseen = 0;
    this.#widest = 0;
    this.#later();
  }

  /** Takes new lines in at the end, and lets go of the oldest ones. */
  append(entries) {
    for (const entry of entries) if (this.#blocks.add(entry) && !this.#following) this.#unseen++;
    this.#blocks.trimOldest(CAPACITY);
    this.#later();
  }

  /** Takes older entries in at their place. */
  insert(entries) {
    for (const entry of entries) this.#blocks.add(entry);
    this.#later();
  }

  remove(entry) {
    this.#blocks.remove(entry);
    this.#later();
  }

  /** Makes room for older lines; answers whether newest ones had to go. */
  trimNewest() {
    return this.#blocks.trimNewest(CAPACITY);
  }

  follow() {
    this.#following = true;
    this.#unseen = 0;
    this.#later();
  }

  wrap(on) {
    this.#wrap = on;
    this.#widest = 0;
    this.#scroller.classList.toggle("wrap", on);
    this.#resized();
  }

  #letGo() {
    if (!this.#following || this.#scroller.scrollHeight <= this.#scroller.clientHeight) return;
    this.#following = false;
    this.#look();
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
    if (!this.#following) this.#look();
    this.#later();
  }

  #look() {
    const { scrollTop, clientHeight } = this.#scroller;
    const { entries, top } = this.#blocks.between(scrollTop, scrollTop + clientHeight);
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
    this.#blocks.reestimate();
    this.#later();
  }

  #estimate(entry) {
    const { row, columns, gap } = this.#metrics;
    if (entry.text === undefined) return gap;
    if (entry.text.length <= columns && !entry.text.includes("\n")) return row;
    return entry.text.split("\n").reduce((sum, part) => sum + row * Math.max(1, Math.ceil(part.length / columns)), 0);
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
      this.#place(this.#blocks.between(target - BEYOND, target + view + BEYOND));
      const changed = this.#measure();
      target = this.#target(view);
      if (!changed) break;
    }
    this.#space.style.height = `${this.#blocks.height}px`;
    if (Math.abs(this.#scroller.scrollTop - target) > 0.5) this.#scroller.scrollTop = target;
    this.#expected = this.#scroller.scrollTop;
    if (!this.#following && target < NEAR_TOP) this.#hooks.nearTop();
  }

  /** Where to scroll to, so that the newest row is in sight or the anchor stays where it is. */
  #target(view) {
    const end = Math.max(0, this.#blocks.height - view);
    if (this.#following) return end;
    const anchor = this.#anchor;
    if (!anchor || !this.#blocks.has(anchor.entry)) return Math.min(end, this.#scroller.scrollTop);
    return Math.min(end, this.#blocks.topOf(anchor.entry) + anchor.cut);
  }

  #place({ entries, top }) {
    const wanted = new Set(entries);
    for (const [entry, element] of this.#drawn) {
      if (wanted.has(entry)) continue;
      element.remove();
      this.#drawn.delete(entry);
    }
    let next = this.#list.firstElementChild;
    for (const entry of entries) {
      const element = this.#drawn.get(entry) ?? entry.draw();
      if (element === next) next = next.nextElementSibling;
      else this.#list.insertBefore(element, next);
      this.#drawn.set(entry, element);
    }
    this.#list.style.transform = `translateY(${top}px)`;
  }

  #measure() {
    let changed = false;
    for (const [entry, element] of this.#drawn) {
      if (this.#blocks.measured(entry, element.getBoundingClientRect().height)) changed = true;
    }
    // Without wrapping, the widest row seen so far decides, or the bar would jump with every row.
    this.#widest = Math.max(this.#widest, this.#wrap ? 0 : this.#list.offsetWidth);
    this.#space.style.minWidth = this.#wrap ? "" : `${this.#widest}px`;
    return changed;
  }
}

/** A row to measure with, and to remove again. */
function ruler() {
  const row = document.createElement("li");
  row.className = "row ruler";
  const time = document.createElement("time");
  time.textContent = "00:00:00.000";
  const level = document.createElement("span");
  level.className = "level";
  const text = document.createElement("span");
  text.className = "text";
  const letters = document.createElement("span");
  letters.textContent = "0123456789";
  text.append(letters);
  row.append(time, level, text);
  return { row, text, letters };
}
