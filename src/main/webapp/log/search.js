// Owns the search in the lines that are loaded: which have it, how many they are, and the marks on those in sight.

const MOST_MARKS = 200;
const COUNT_EVERY = 250;

const found = mark("found");
const current = mark("found-now");

/** Lines are looked at once for each search, and counted a few times a second while lines come. */
export class Search {
  /** How many of the lines have it, and the how manieth of them was gone to; 0 for none. */
  count = 0;
  position = 0;
  #list;
  #changed;
  /** @type {RegExp | null} */
  #pattern = null;
  #current = null;
  /** @type {Map<import("./line.js").Line, {highlight: Highlight, ranges: Range[]}>} */
  #marks = new Map();
  #timer = 0;

  /** @param {import("./list.js").LogList} list @param {() => void} changed after counting */
  constructor(list, changed) {
    this.#list = list;
    this.#changed = changed;
  }

  get active() {
    return this.#pattern !== null;
  }

  /** Looks for a text, in whatever case; an empty one ends the search. */
  find(text) {
    this.#pattern = text === "" ? null : new RegExp(text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "giu");
    this.#current = null;
    this.#list.redecorate();
    this.#countNow();
  }

  /** Goes to the next hit below (1) or above (-1), around the ends; the first time to one in sight. */
  go(step) {
    if (!this.#pattern) return;
    const hits = [...this.#list].filter((entry) => this.#has(entry));
    if (hits.length === 0) return;
    const known = this.#current && this.#list.has(this.#current);
    const at = known ? hits.indexOf(this.#current) + step : this.#firstOf(hits);
    const before = this.#current;
    this.#current = hits[(at + hits.length) % hits.length];
    this.#list.redecorate();
    this.#list.reveal(this.#current);
    if (before !== this.#current) this.#countNow();
  }

  /** Lines have come or gone. */
  touched() {
    if (this.#pattern) this.#timer ||= setTimeout(() => this.#countNow(), COUNT_EVERY);
  }

  drawn(entry, row) {
    this.gone(entry);
    const now = entry === this.#current;
    row.classList.toggle("found-row", now);
    if (!this.#pattern || !this.#has(entry)) return;
    const ranges = rangesIn(row.querySelector(".text"), this.#pattern);
    const highlight = now ? current : found;
    for (const range of ranges) highlight?.add(range);
    this.#marks.set(entry, { highlight, ranges });
  }

  gone(entry) {
    const { highlight, ranges } = this.#marks.get(entry) ?? { ranges: [] };
    for (const range of ranges) highlight?.delete(range);
    this.#marks.delete(entry);
  }

  /** The first in sight or below it, else the last above. */
  #firstOf(hits) {
    const { first } = this.#list.inSight;
    const below = first ? hits.findIndex((hit) => this.#list.compare(hit, first) >= 0) : 0;
    return below < 0 ? hits.length - 1 : below;
  }

  #has(entry) {
    if (entry.searched !== this.#pattern) {
      entry.searched = this.#pattern;
      entry.hit = entry.text !== undefined && entry.text.search(this.#pattern) >= 0;
    }
    return entry.hit;
  }

  #countNow() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.count = 0;
    this.position = 0;
    if (this.#pattern) {
      for (const entry of this.#list) {
        if (!this.#has(entry)) continue;
        this.count++;
        if (entry === this.#current) this.position = this.count;
      }
    }
    this.#changed();
  }
}

function rangesIn(element, pattern) {
  const ranges = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let node = walker.nextNode();
  let start = 0;
  const place = (at) => {
    while (at > start + node.length) {
      start += node.length;
      node = walker.nextNode();
    }
    return [node, at - start];
  };
  for (const match of element.textContent.matchAll(pattern)) {
    const range = new Range();
    range.setStart(...place(match.index));
    range.setEnd(...place(match.index + match[0].length));
    if (ranges.push(range) >= MOST_MARKS) break;
  }
  return ranges;
}

/** A browser without highlights shows only the row that was gone to. */
function mark(name) {
  if (!globalThis.Highlight || !CSS.highlights) return null;
  const highlight = new Highlight();
  CSS.highlights.set(name, highlight);
  return highlight;
}
