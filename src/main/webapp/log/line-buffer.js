// Owns the lines of one view and their heights: sorted by time, never doubled, cheap at both ends.

const BLOCK = 500;

/**
 * @typedef {object} Entry a line or a gap
 * @property {string} id
 * @property {string} at its time; compares as a string
 * @property {(look: import("./line.js").Look) => HTMLElement} draw
 * @property {string} [shown] so much of a line's text as its row shows
 * @property {Block} [block] where it is, while it is in the view
 *
 * @typedef {object} Block
 * @property {Entry[]} entries
 * @property {number[]} heights
 * @property {number} height
 */

/** Many entries in blocks of a few hundred, so that neither a sum nor an insertion has to touch all of them. */
export class LineBuffer {
  /** @type {Block[]} */
  #blocks = [];
  /** @type {Map<string, Entry>} */
  #ids = new Map();
  #estimate;

  /** @param {(entry: Entry) => number} estimate the height of an entry that nobody has measured yet */
  constructor(estimate) {
    this.#estimate = estimate;
  }

  get count() {
    return this.#ids.size;
  }

  get height() {
    return this.#blocks.reduce((sum, block) => sum + block.height, 0);
  }

  get first() {
    return this.#blocks[0]?.entries[0] ?? null;
  }

  get last() {
    return this.#blocks.at(-1)?.entries.at(-1) ?? null;
  }

  /** All entries, from the oldest to the newest. */
  *[Symbol.iterator]() {
    for (const block of this.#blocks) yield* block.entries;
  }

  find(id) {
    return this.#ids.get(id) ?? null;
  }

  /** The first entry of that time or a later one; the last where all are earlier. */
  nearest(at) {
    const block = this.#blocks.find(({ entries }) => entries.at(-1).at >= at);
    return block?.entries.find((entry) => entry.at >= at) ?? this.last;
  }

  /** The neighbour of an entry, `step` 1 below it or -1 above it; the entry itself where there is none. */
  beside(entry, step) {
    const at = entry.block.entries.indexOf(entry) + step;
    const neighbour = this.#blocks[this.#blocks.indexOf(entry.block) + step];
    return entry.block.entries[at] ?? neighbour?.entries.at(step > 0 ? 0 : -1) ?? entry;
  }

  /** Negative when `a` comes before `b`; both are in the view. */
  compare(a, b) {
    if (a.at !== b.at) return a.at < b.at ? -1 : 1;
    if (a.block === b.block) return a.block.entries.indexOf(a) - a.block.entries.indexOf(b);
    return this.#blocks.indexOf(a.block) - this.#blocks.indexOf(b.block);
  }

  has(entry) {
    return entry.block !== undefined;
  }

  clear() {
    for (const block of this.#blocks) for (const entry of block.entries) delete entry.block;
    this.#blocks = [];
    this.#ids.clear();
  }

  /** Takes an entry in at its place; false when it is there already. @param {Entry} entry */
  add(entry) {
    if (this.#ids.has(entry.id)) return false;
    this.#ids.set(entry.id, entry);
    const block = this.#blockFor(entry);
    let at = block.entries.length;
    // New lines nearly always belong at the end, so the search begins there.
    while (at > 0 && block.entries[at - 1].at > entry.at) at--;
    const height = this.#estimate(entry);
    block.entries.splice(at, 0, entry);
    block.heights.splice(at, 0, height);
    block.height += height;
    entry.block = block;
    if (block.entries.length > 2 * BLOCK) this.#split(block);
    return true;
  }

  remove(entry) {
    const block = entry.block;
    if (!block) return;
    const at = block.entries.indexOf(entry);
    block.entries.splice(at, 1);
    block.height -= block.heights.splice(at, 1)[0];
    this.#forget([entry]);
    if (block.entries.length === 0) this.#blocks.splice(this.#blocks.indexOf(block), 1);
  }

  /** Lets go of whole blocks of the oldest while more than so many would be left. */
  trimOldest(most) {
    while (this.count - (this.#blocks[0]?.entries.length ?? 0) >= most) this.#forget(this.#blocks.shift().entries);
  }

  /** Lets go of whole blocks of the newest; answers whether it did. */
  trimNewest(most) {
    const before = this.count;
    while (this.count - (this.#blocks.at(-1)?.entries.length ?? 0) >= most) this.#forget(this.#blocks.pop().entries);
    return this.count < before;
  }

  topOf(entry) {
    let top = 0;
    for (const block of this.#blocks) {
      if (block === entry.block) return block.entries.indexOf(entry) === 0 ? top : top + sumBefore(block, entry);
      top += block.height;
    }
    return top;
  }

  /** Corrects a height; answers whether it was another. */
  measured(entry, height) {
    const block = entry.block;
    const at = block.entries.indexOf(entry);
    const wrong = height - block.heights[at];
    if (Math.abs(wrong) < 0.01) return false;
    block.heights[at] = height;
    block.height += wrong;
    return true;
  }

  /** Forgets what was measured: the width has changed, or how lines wrap. */
  reestimate() {
    for (const block of this.#blocks) {
      block.heights = block.entries.map(this.#estimate);
      block.height = block.heights.reduce((sum, height) => sum + height, 0);
    }
  }

  /** The entries between two heights, and the height at which the first of them begins. */
  between(from, to) {
    const entries = [];
    let start = 0;
    let top = 0;
    for (const block of this.#blocks) {
      if (top + block.height <= from) {
        top += block.height;
        continue;
      }
      for (let i = 0; i < block.entries.length && top < to; i++) {
        const bottom = top + block.heights[i];
        if (bottom > from) {
          if (entries.length === 0) start = top;
          entries.push(block.entries[i]);
        }
        top = bottom;
      }
      if (top >= to) break;
    }
    return { entries, top: start };
  }

  #blockFor(entry) {
    let at = this.#blocks.length - 1;
    while (at > 0 && this.#blocks[at].entries[0].at > entry.at) at--;
    const block = this.#blocks[at];
    const isLast = at === this.#blocks.length - 1;
    if (block && !(isLast && block.entries.length >= BLOCK && block.entries.at(-1).at <= entry.at)) return block;
    const added = { entries: [], heights: [], height: 0 };
    this.#blocks.push(added);
    return added;
  }

  #split(block) {
    const rest = { entries: block.entries.splice(BLOCK), heights: block.heights.splice(BLOCK), height: 0 };
    rest.height = rest.heights.reduce((sum, height) => sum + height, 0);
    block.height -= rest.height;
    for (const entry of rest.entries) entry.block = rest;
    this.#blocks.splice(this.#blocks.indexOf(block) + 1, 0, rest);
  }

  #forget(entries) {
    for (const entry of entries) {
      this.#ids.delete(entry.id);
      delete entry.block;
    }
  }
}

function sumBefore(block, entry) {
  let sum = 0;
  for (let i = 0; block.entries[i] !== entry; i++) sum += block.heights[i];
  return sum;
}
