// Owns the rows on the screen: sorted, never doubled, at most 5,000, written once per animation frame.

export const CAPACITY = 5000;
const NEAR = 8;

/**
 * Follows the newest row until the reader scrolls up; from then on nothing moves, and new rows wait unseen until
 * the reader comes back.
 */
export class Rows {
  #scroller;
  #list;
  #changed;
  #shown = [];
  #waiting = [];
  #ids = new Set();
  #following = true;
  #asked = false;
  #seen = { scrollTop: 0, scrollHeight: 0, clientHeight: 0 };
  #frame = 0;

  /** `changed` is called after every change of what is shown, waiting or followed. */
  constructor(scroller, list, changed) {
    this.#scroller = scroller;
    this.#list = list;
    this.#changed = changed;
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const resized = new ResizeObserver(() => this.settle());
    resized.observe(scroller);
    resized.observe(list);
  }

  get count() {
    return this.#shown.length;
  }

  get waiting() {
    return this.#waiting.length;
  }

  get following() {
    return this.#following;
  }

  get first() {
    return this.#shown[0] ?? null;
  }

  /** The newest entry, seen or waiting. */
  get last() {
    return this.#waiting.at(-1) ?? this.#shown.at(-1) ?? null;
  }

  clear() {
    this.#shown = [];
    this.#waiting = [];
    this.#ids.clear();
    this.#following = true;
    this.#list.replaceChildren();
    this.#later();
  }

  /** Takes entries in; those that came by asking (`now`) are shown even while the reader looks at older ones. */
  add(entries, now = false) {
    for (const entry of entries) {
      if (this.#ids.has(entry.id)) continue;
      this.#ids.add(entry.id);
      this.#waiting.push(entry);
    }
    // Only the newest could ever be shown, and in a hidden tab no frame comes to show them.
    if (this.#waiting.length > 2 * CAPACITY) this.#forget(this.#waiting.splice(0, this.#waiting.length - CAPACITY));
    this.#asked ||= now;
    this.#later();
  }

  remove(entry) {
    this.#forget([entry]);
    this.#shown = this.#shown.filter((other) => other !== entry);
    this.#waiting = this.#waiting.filter((other) => other !== entry);
    entry.element?.remove();
    this.#later();
  }

  follow() {
    this.#following = true;
    this.#later();
  }

  /** Keeps the newest row in sight after something else changed the height of the rows. */
  settle() {
    if (!this.#following) return;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#look();
  }

  #later() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#write();
      this.#changed();
      this.settle();
    });
  }

  #write() {
    if (this.#following) {
      this.#forget(this.#waiting.splice(0, Math.max(0, this.#waiting.length - CAPACITY)));
      this.#place(this.#waiting.splice(0));
    } else if (this.#asked) {
      const newest = this.#shown.at(-1)?.at ?? "";
      const older = this.#waiting.filter((entry) => entry.at <= newest);
      this.#waiting = this.#waiting.filter((entry) => entry.at > newest);
      this.#inPlace(() => this.#place(older));
    }
    this.#asked = false;
  }

  /** New lines nearly always belong at the end, so the search for their place begins there. */
  #place(entries) {
    for (const entry of entries) {
      let at = this.#shown.length;
      while (at > 0 && this.#shown[at - 1].at > entry.at) at--;
      entry.element = entry.draw();
      this.#list.insertBefore(entry.element, this.#shown[at]?.element ?? null);
      this.#shown.splice(at, 0, entry);
    }
    const gone = this.#shown.splice(0, Math.max(0, this.#shown.length - CAPACITY));
    for (const entry of gone) entry.element.remove();
    this.#forget(gone);
  }

  /** Changes rows without moving the one that the reader is looking at. */
  #inPlace(change) {
    const top = this.#scroller.scrollTop;
    const seen = this.#shown.find((entry) => entry.element.offsetTop + entry.element.offsetHeight > top);
    const before = seen?.element.offsetTop ?? 0;
    change();
    if (seen) this.#scroller.scrollTop = top + seen.element.offsetTop - before;
    this.#look();
  }

  #forget(entries) {
    for (const entry of entries) this.#ids.delete(entry.id);
  }

  /** Remembers where the reader is; answers how that differs from the last time. */
  #look() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const last = this.#seen;
    this.#seen = { scrollTop, scrollHeight, clientHeight };
    return {
      up: scrollTop < last.scrollTop,
      down: scrollTop > last.scrollTop,
      resized: scrollHeight !== last.scrollHeight || clientHeight !== last.clientHeight,
      atEnd: scrollHeight - clientHeight - scrollTop <= NEAR,
    };
  }

  /** Only the reader scrolls up while nothing changes its size; anything else is the page moving its parts. */
  #scrolled() {
    const { up, down, resized, atEnd } = this.#look();
    if (this.#following && resized) this.settle();
    else if (this.#following && up && !atEnd) {
      this.#following = false;
      this.#later();
    } else if (!this.#following && down && atEnd) this.follow();
  }
}
