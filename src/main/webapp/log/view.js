// Owns one list of lines on the screen: of one device, or of several merged by time; and what can be done in it.
import { tell } from "../ui/api.js";
import { moment } from "../ui/clock.js";
import { counted } from "../ui/elements.js";
import { DeadLettersNotice } from "./dead-letters-notice.js";
import { Feed } from "./feed.js";
import { LogList } from "./list.js";
import { Search } from "./search.js";
import { asText, copy, Selection } from "./selection.js";
import { settings } from "./settings.js";

/**
 * @typedef {object} Surroundings what a view asks of its page
 * @property {(line: import("./line.js").Line) => string} link
 * @property {(id: number) => {name: string, about: string, colour: number}} describe
 * @property {() => void} changed counts or states have changed
 * @property {(ids: number[]) => void} leave the reader wants these devices no more
 */

/** Its lines are a `Feed`'s, which is made anew when the filter changes; the list stays. */
export class LogView {
  element;
  ids;
  search;
  #fleet;
  #surroundings;
  #list;
  #selection;
  /** @type {Feed | null} */
  #feed = null;
  #linked = null;
  /** Whether the linked line has still to be gone to. */
  /** @type {{sure: boolean} | null} */
  #sought = null;
  #names = "";
  #unreadable;
  #over = new AbortController();

  /**
   * @param {HTMLTemplateElement} template
   * @param {number[]} ids more than one: merged
   * @param {import("../fleetcast-client.js").FleetcastClient} fleet
   * @param {Surroundings} surroundings
   */
  constructor(template, ids, fleet, surroundings) {
    this.element = template.content.firstElementChild.cloneNode(true);
    this.ids = ids;
    this.#fleet = fleet;
    this.#surroundings = surroundings;
    this.#list = new LogList(this.#part(".scroller"), {
      changed: () => this.#refresh(),
      nearTop: () => this.#feed?.older(),
      drawn: (entry, row) => this.#drawn(entry, row),
      gone: (entry) => this.search.gone(entry),
    });
    this.search = new Search(this.#list, () => surroundings.changed());
    this.#unreadable = new DeadLettersNotice(this.#part(".unreadable"), ids, (id) => surroundings.describe(id).name);
    this.#selection = new Selection(this.#list, () => this.#showSelection());
    settings.addEventListener("change", () => this.#show(), { signal: this.#over.signal });
    this.#listen();
    this.#show();
  }

  /** Opens the log anew, with a filter, around a line or at its newest lines. */
  open(filter, { line = null, at = null, sure = true } = {}) {
    const paused = this.#feed?.paused;
    this.#feed?.close();
    this.#selection.clear();
    this.#linked = line;
    this.#sought = line === null ? null : { sure };
    this.#list.clear();
    const feed = new Feed({ ids: this.ids, filter }, this.#fleet, this.#list, {
      changed: () => this.#refresh(),
      failed: (failure, again) => tell(this.#part(".notice"), failure, again),
    });
    this.#feed = feed;
    feed.start(at);
    if (paused) feed.pause();
    this.#refresh();
  }

  close() {
    this.#over.abort();
    this.#unreadable.close();
    this.#feed?.close();
    this.#feed = null;
    this.#list.clear();
    this.element.remove();
  }

  /** Goes to a line if it is loaded; answers whether it is. */
  goTo(line) {
    const entry = this.#list.find(line);
    this.#linked = line;
    this.#list.redecorate();
    if (entry) this.#list.reveal(entry);
    return entry !== null;
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

  /** Ends a choice; answers whether there was one. */
  unchoose() {
    const { head } = this.#selection;
    this.#selection.clear();
    return head !== null;
  }

  /** The chosen lines as text, "" when there are none. */
  get chosen() {
    return asText(this.#selection.lines, this.#device);
  }

  copyChosen() {
    this.#copy(this.chosen, "Copied");
  }

  copyLink() {
    const { head } = this.#selection;
    if (head) this.#copy(new URL(this.#surroundings.link(head), location.href).href, "Link copied");
  }

  /** The names of its devices may have changed. */
  named() {
    const { name, about } = this.#surroundings.describe(this.ids[0]);
    const merged = this.ids.length > 1;
    const label = merged ? `${this.ids.length} devices, merged` : name;
    this.#part(".view-name").textContent = label;
    this.#part(".view-about").textContent = merged ? "" : about;
    this.element.setAttribute("aria-label", label);
    this.#part(".view-close").setAttribute("aria-label", `Close ${label}`);
    const names = this.ids.map((id) => this.#surroundings.describe(id).name).join("\n");
    if (merged && names !== this.#names) this.#show();
    this.#names = names;
  }

  get #device() {
    return this.ids.length > 1 ? (line) => this.#surroundings.describe(line.deviceId) : null;
  }

  #listen() {
    const scroller = this.#part(".scroller");
    scroller.addEventListener("keydown", (event) => {
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
    this.#part(".view-close").addEventListener("click", () => this.#surroundings.leave(this.ids));
    this.#part(".copy").addEventListener("click", () => this.copyChosen());
    this.#part(".copy-link").addEventListener("click", () => this.copyLink());
    this.#part(".unchoose").addEventListener("click", () => this.#selection.clear());
  }

  #clicked(event) {
    const row = event.target.closest(".row:not(.gap)");
    if (!row || event.target.closest("a, button") || !getSelection().isCollapsed) return;
    const entry = this.#list.entryOf(row);
    if (!event.shiftKey && entry === this.#selection.head) this.#selection.clear();
    else if (entry) this.#selection.choose(entry, event.shiftKey);
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
    if (this.#sought && feed.state === "following" && !feed.asking) this.#findLinked();
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

  #findLinked() {
    const { sure } = this.#sought;
    this.#sought = null;
    if (!this.goTo(this.#linked) && sure) {
      tell(this.#part(".notice"), new Error("The line of this link is not among these lines of its time."));
    }
  }

  #part(selector) {
    return this.element.querySelector(selector);
  }
}

function emptyWords(feed) {
  if (feed.state === "loading") return "Loading the newest lines…";
  if (feed.filtered) return "No stored line passes the filter. New ones appear here as they come.";
  return `No lines yet. They appear here as soon as the device publishes as ${feed.entityIds.join(" or ")}.`;
}

function inWords(at) {
  const { day, time } = moment(at, settings.utc);
  return `${day} ${time}`.trim();
}
