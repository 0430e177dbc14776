// Owns one list of lines on the screen: of one device, or of several merged by time; and what can be done in it.
import { tell } from "../ui/api.js";
import { moment } from "../ui/clock.js";
import { counted } from "../ui/elements.js";
import { DeadLettersNotice } from "./dead-letters-notice.js";
import { DeletedNotice } from "./deleted-notice.js";
import { Feed } from "./feed.js";
import { isNone } from "./filter.js";
import { LogList } from "./list.js";
import { Search } from "./search.js";
import { asText, copy, Selection } from "./selection.js";
import { settings } from "./settings.js";
import { isWide } from "./source.js";

/**
 * @typedef {object} Surroundings what a view asks of its page
 * @property {(line: import("./line.js").Line) => string} link
 * @property {(source: import("./source.js").Source) => {name: string, about: string, colour: number}} describe
 * @property {(line: import("./line.js").Line) => {name: string, colour: number}} deviceOf
 * @property {() => void} changed counts or states have changed
 * @property {(sources: import("./source.js").Source[]) => void} leave the reader wants these no more
 * @property {(tag: string, exclude: boolean) => void} filterByTag
 * @property {(line: import("./line.js").Line) => void} showAround without a filter
 * @property {() => void} details of the chosen line
 * @property {() => void} deleted one of its devices is gone
 *
 * @typedef {object} Place where to begin to read
 * @property {string} at a time
 * @property {string | null} line the id of its line, if one is meant
 * @property {boolean} [linked] it is marked, and missed where it is not
 * @property {boolean} [sure] it can be in no other view
 * @property {boolean} [chosen]
 * @property {number | null} offset how far below the upper edge; null: a line in the middle
 */

/** Its lines are a `Feed`'s, which is made anew when the filter changes; the list stays. */
export class LogView {
  element;
  sources;
  search;
  #fleet;
  #surroundings;
  #list;
  #selection;
  /** @type {Feed | null} */
  #feed = null;
  #linked = null;
  /** What has still to be gone to. */
  /** @type {Place | null} */
  #sought = null;
  #filtered = false;
  #names = "";
  #unreadable;
  #deleted;
  #over = new AbortController();

  /**
   * @param {HTMLTemplateElement} template
   * @param {import("./source.js").Source[]} sources more than one: merged
   * @param {import("../fleetcast-client.js").FleetcastClient} fleet
   * @param {Surroundings} surroundings
   */
  constructor(template, sources, fleet, surroundings) {
    this.element = template.content.firstElementChild.cloneNode(true);
    this.sources = sources;
    this.#fleet = fleet;
    this.#surroundings = surroundings;
    this.#list = new LogList(this.#part(".scroller"), {
      changed: () => this.#refresh(),
      nearTop: () => this.#feed?.older(),
      drawn: (entry, row) => this.#drawn(entry, row),
      gone: (entry) => this.search.gone(entry),
    });
    this.search = new Search(this.#list, () => surroundings.changed());
    const ids = sources.filter((one) => !isWide(one));
    const nameOf = (id) => surroundings.describe(id).name;
    this.#unreadable = new DeadLettersNotice(this.#part(".unreadable"), ids, nameOf);
    this.#deleted = new DeletedNotice(this.#part(".deleted"), ids, { nameOf, deleted: surroundings.deleted });
    this.#selection = new Selection(this.#list, () => this.#showSelection());
    settings.addEventListener("change", () => this.#show(), { signal: this.#over.signal });
    this.#listen();
    this.#show();
  }

  /**
   * Opens the log anew, through a filter, at a place or at its newest lines.
   *
   * @param {import("./filter.js").LogFilter} filter @param {Place | null} place
   */
  open(filter, place = null) {
    const paused = this.#feed?.paused;
    this.#feed?.close();
    this.#selection.clear();
    if (place?.linked) this.#linked = place.line;
    this.#sought = place;
    this.#filtered = !isNone(filter);
    this.#list.clear();
    const feed = new Feed({ sources: this.sources, filter }, this.#fleet, this.#list, {
      changed: () => this.#refresh(),
      failed: (failure, again) => tell(this.#part(".notice"), failure, again),
      leftOut: (source, why) => this.#deleted.leftOut(source, why),
    });
    this.#feed = feed;
    feed.start(place?.at ?? null);
    if (paused) feed.pause();
    this.#refresh();
  }

  close() {
    this.#over.abort();
    this.#unreadable.close();
    this.#deleted.close();
    this.#feed?.close();
    this.#feed = null;
    this.#list.clear();
    this.element.remove();
  }

  /** Goes to a place if its lines are loaded; answers whether they are. @param {Place} place */
  goTo(place) {
    if (place.linked) this.#mark(place.line);
    const entry = place.line === null ? this.#loadedAt(place.at) : this.#list.find(place.line);
    if (entry) this.#list.reveal(entry, place.offset);
    if (entry && place.chosen) this.#selection.choose(entry);
    return entry !== null;
  }

  /** The place that the reader looks at, or the line that was chosen; null when that is the newest lines. */
  get place() {
    if (this.#sought) return this.#sought;
    const { head } = this.#selection;
    const entry = head ?? (this.#list.following ? null : this.#list.inSight.first);
    if (!entry) return null;
    const line = entry.text === undefined ? null : entry.id;
    return { at: entry.at, line, chosen: head !== null, offset: this.#list.offsetOf(entry) };
  }

  /** The same place, as far below the upper edge as its line is now. @param {Place} place @returns {Place} */
  asNow(place) {
    const entry = place.line === null ? null : this.#list.find(place.line);
    return entry ? { ...place, offset: this.#list.offsetOf(entry), chosen: entry === this.#selection.head } : place;
  }

  /** The times of the first and the last line in sight; null while there are none, or they are still to be found. */
  get inSight() {
    const { first, last } = this.#list.inSight;
    const settled = this.#feed?.state === "following" && !this.#sought && first !== null;
    return settled ? { from: first.at, to: last.at, following: this.#list.following && !this.#feed.detached } : null;
  }

  /** The line that was chosen last. */
  get head() {
    return this.#selection.head;
  }

  /** Goes to the newest line and stays there. */
  follow() {
    this.#feed?.toNewest();
    this.#list.follow();
  }

  /** How many lines came since the pause; null when there is none. */
  get held() {
    return this.#feed?.paused?.count ?? null;
  }

  pause(on) {
    if (on) this.#feed?.pause();
    else this.#feed?.resume();
  }

  /** The times of the first and the last line that are loaded. */
  get range() {
    return [this.#list.first?.at ?? null, this.#list.last?.at ?? null];
  }

  choose(step, extend) {
    this.#selection.move(step, extend);
  }

  unchoose() {
    this.#selection.clear();
  }

  /** The chosen lines as text, "" when there are none. */
  get chosen() {
    return asText(this.#selection.lines, this.#device);
  }

  copyChosen() {
    this.#copy(this.chosen, "Copied");
  }

  /** Shows what is around the chosen line, whatever the filter keeps out. */
  showAround() {
    if (this.#filtered && this.head) this.#surroundings.showAround(this.head);
  }

  copyLink() {
    const { head } = this.#selection;
    if (head) this.#copy(new URL(this.#surroundings.link(head), location.href).href, "Link copied");
  }

  /** The names of its devices may have changed. */
  named() {
    const { name, about } = this.#surroundings.describe(this.sources[0]);
    const merged = this.sources.length > 1;
    const label = merged ? `${this.sources.length} devices, merged` : name;
    this.#part(".view-name").textContent = label;
    this.#part(".view-about").textContent = merged ? "" : about;
    this.element.setAttribute("aria-label", label);
    this.#part(".view-close").setAttribute("aria-label", `Close ${label}`);
    const names = this.sources.map((source) => this.#surroundings.describe(source).name).join("\n");
    if (this.#device && names !== this.#names) this.#show();
    this.#names = names;
  }

  get #device() {
    return this.sources.length > 1 || isWide(this.sources[0]) ? this.#surroundings.deviceOf : null;
  }

  #listen() {
    const scroller = this.#part(".scroller");
    scroller.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === scroller && this.head) this.#surroundings.details();
      if (event.key !== "End") return;
      event.preventDefault();
      this.follow();
    });
    scroller.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault()); // it selects text
    scroller.addEventListener("click", (event) => this.#clicked(event));
    this.#part(".newest").addEventListener("click", () => {
      this.follow();
      scroller.focus();
    });
    this.#part(".further").addEventListener("click", () => this.#feed.lookFurther());
    this.#part(".view-close").addEventListener("click", () => this.#surroundings.leave(this.sources));
    this.#part(".copy").addEventListener("click", () => this.copyChosen());
    this.#part(".copy-link").addEventListener("click", () => this.copyLink());
    this.#part(".to-details").addEventListener("click", () => this.#surroundings.details());
    this.#part(".show-around").addEventListener("click", () => this.showAround());
    this.#part(".unchoose").addEventListener("click", () => this.#selection.clear());
  }

  #clicked(event) {
    const tag = event.target.closest(".tag");
    if (tag && getSelection().isCollapsed) return this.#surroundings.filterByTag(tag.textContent, event.altKey);
    const row = event.target.closest(".row:not(.gap)");
    if (row && event.target.closest(".unfold")) return this.#unfold(this.#list.entryOf(row));
    if (!row || event.target.closest("a, button") || !getSelection().isCollapsed) return;
    const entry = this.#list.entryOf(row);
    if (!event.shiftKey && entry === this.#selection.head) this.#selection.clear();
    else if (entry) this.#selection.choose(entry, event.shiftKey);
  }

  #unfold(line) {
    line.unfolded = true;
    this.#list.redraw(line);
  }

  #drawn(entry, row) {
    if (entry.text === undefined) return;
    this.search.drawn(entry, row);
    row.classList.toggle("chosen", this.#selection.has(entry));
    row.classList.toggle("linked", entry.id === this.#linked);
  }

  #show() {
    this.#list.show({
      utc: settings.utc,
      colours: settings.colours,
      link: this.#surroundings.link,
      device: this.#device,
    });
    this.#list.wrap(settings.wrap);
  }

  #showSelection() {
    const count = this.#selection.lines.length;
    this.#part(".chosen-bar").hidden = count === 0;
    this.#part(".chosen-count").textContent = `${counted(count, "line")} chosen`;
    this.#part(".show-around").hidden = !this.#filtered;
    this.#surroundings.changed();
  }

  #mark(line) {
    this.#linked = line;
    this.#list.redecorate();
  }

  /** The first line of a time or after it, if the lines before it are loaded too. */
  #loadedAt(at) {
    const { first, last } = this.#list;
    if (!first || at < first.at || at > last.at) return null;
    const entry = this.#list.nearest(at);
    const gaps = [entry, this.#list.beside(entry, -1)].some(({ text }) => text === undefined);
    return gaps ? null : entry;
  }

  async #copy(text, done) {
    try {
      await copy(text);
      this.#part(".chosen-count").textContent = done;
    } catch (failure) {
      tell(this.#part(".notice"), failure);
    }
  }

  #refresh() {
    const feed = this.#feed;
    if (!feed) return;
    const { count, following, unseen } = this.#list;
    if (this.#sought && feed.state === "following") this.#goToSought();
    this.#unreadable.since(this.#list.first?.at ?? null);
    const below = unseen + feed.skipped;
    const newest = this.#part(".newest");
    newest.hidden = following && !feed.detached;
    newest.textContent = below > 0 ? `↓ ${below.toLocaleString()} new` : "↓ Go to newest";
    const joining = feed.state === "loading" && count > 0;
    this.#part(".older").hidden = !joining && !(feed.asking && feed.more) && !feed.stuck;
    this.#part(".older-words").textContent = joining
      ? "Loading stored lines…"
      : feed.stuck && !feed.asking
        ? `Looked back to ${inWords(feed.stuck.edge)}.`
        : "Loading older lines…";
    this.#part(".further").hidden = !feed.stuck || feed.asking;
    const empty = this.#part(".log-empty");
    empty.hidden = count > 0 || feed.state === "failed";
    empty.textContent = emptyWords(feed);
    this.search.touched();
    this.#surroundings.changed();
  }

  #goToSought() {
    const place = this.#sought;
    this.#sought = null;
    if (place.line !== null && this.goTo(place)) return;
    const nearest = this.#list.nearest(place.at);
    if (nearest) this.#list.reveal(nearest, place.offset ?? 0);
    if (place.linked && place.sure) {
      tell(this.#part(".notice"), new Error("The line of this link is not among these lines of its time."));
    }
  }

  #part(selector) {
    return this.element.querySelector(selector);
  }
}

function emptyWords(feed) {
  const { lookedTo } = feed;
  const since = lookedTo === "" ? "" : ` in what was logged since ${inWords(lookedTo)}`;
  const looking = feed.state === "loading" || feed.asking;
  if (looking && feed.filtered) return `None yet${since}. Looking ${since === "" ? "for them" : "further back"}…`;
  if (feed.state === "loading") return "Loading the newest lines…";
  if (feed.stuck) return `None yet in what was logged since ${inWords(feed.stuck.edge)}.`;
  if (feed.filtered) return "No stored line passes the filter. New ones appear here as they come.";
  if (feed.entityIds.length === 0) return "No lines yet. They appear here as soon as a device publishes.";
  return `No lines yet. They appear here as soon as the device publishes as ${feed.entityIds.join(" or ")}.`;
}

function inWords(at) {
  const { day, time } = moment(at, settings.utc);
  return `${day} ${time}`.trim();
}
