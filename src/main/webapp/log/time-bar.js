// Owns the tools for time: which range the histogram is of, what it tells, and how one goes to a moment.
import { fieldValue, fromField, moment, serverTime, timeOf as clockOf } from "../ui/clock.js";
import { counted as inNumber, write } from "../ui/elements.js";
import { Counts, LEVELS } from "./counts.js";
import { parametersOf } from "./filter.js";
import { Histogram } from "./histogram.js";
import { boundsOf, isMoving, OFFERED, timeOf } from "./range.js";
import { settings } from "./settings.js";

const CHOOSE = "choose";
const PIXELS_A_PART = 8;

export class TimeBar {
  #root;
  #hooks;
  #histogram;
  /** @type {Counts | null} */
  #counts = null;
  /** @type {import("./counts.js").Counted | null} */
  #counted = null;
  #shown = "";
  #range = /** @type {import("./range.js").Range | null} */ (null);
  #failure = /** @type {Error | null} */ (null);

  /**
   * @param {HTMLElement} root holds `.log-time`, `.range-dialog` and `.moment-dialog`
   * @param {{chosen: (range: import("./range.js").Range) => void, goTo: (at: string) => void}} hooks
   */
  constructor(root, hooks) {
    this.#root = root;
    this.#hooks = hooks;
    this.#histogram = new Histogram(this.#part(".log-histogram"), {
      goTo: (at) => hooks.goTo(timeOf(at)),
      choose: (from, to) => this.#goInto({ from: timeOf(from), to: timeOf(to) }),
      pointed: (words) => write(this.#part(".time-words"), words || this.#words()),
    });
    this.#select.replaceChildren(
      ...Object.entries(OFFERED).map(([last, words]) => new Option(words, last)),
      new Option("From … to …", CHOOSE),
    );
    this.#select.addEventListener("change", () => this.#selected());
    this.#part(".time-wider").addEventListener("click", () => this.#widen());
    this.#part(".time-go").addEventListener("click", () => this.askForMoment());
    this.#listenToDialog(".range-dialog", () => this.#rangeGiven());
    this.#listenToDialog(".moment-dialog", () => this.#momentGiven());
  }

  /** Shows the counts of a log, as times are to be written now. @param {import("./address.js").LogAddress} address */
  show({ ids: sources, filter, range }) {
    this.#range = range;
    const open = settings.histogram;
    this.#part(".log-histogram").hidden = !open;
    this.#nameRange();
    const wanted = open ? JSON.stringify([sources, parametersOf(filter), range]) : "";
    if (wanted !== this.#shown) this.#count(open ? { sources, filter, range } : null);
    else this.#histogram.show(this.#counted);
    this.#shown = wanted;
    write(this.#part(".time-words"), this.#words());
  }

  /** @param {{from: string, to: string} | null} sight what the reader has in sight */
  here(sight) {
    this.#histogram.here(sight);
  }

  close() {
    this.#counts?.close();
    this.#counts = null;
    this.#shown = "";
    this.#part(".range-dialog").close();
    this.#part(".moment-dialog").close();
  }

  askForMoment() {
    const dialog = this.#part(".moment-dialog");
    const [, to] = boundsOf(this.#range);
    dialog.querySelector("input").value = fieldValue(new Date(to), settings.utc);
    this.#ask(dialog);
  }

  get #select() {
    return this.#part(".time-range");
  }

  #count(asked) {
    this.#counts?.close();
    this.#counted = null;
    this.#failure = null;
    this.#histogram.show(null);
    const most = Math.max(30, Math.min(240, Math.floor(this.#part(".plot").clientWidth / PIXELS_A_PART)));
    this.#counts = asked && new Counts({ ...asked, most }, (counted, failure) => this.#told(counted, failure));
  }

  /** What was counted before stays, and says from when it is. */
  #told(counted, failure) {
    this.#failure = failure;
    if (counted) this.#counted = counted;
    this.#part(".log-histogram").classList.toggle("stale", failure !== null);
    if (counted) this.#histogram.show(counted);
    write(this.#part(".time-words"), this.#words());
  }

  #words() {
    if (!settings.histogram) return "";
    if (!this.#counted) return this.#failure ? `Not counted. ${this.#failure.message}` : "Counting…";
    const sums = LEVELS.map((_, i) => this.#counted.parts.reduce((sum, { counts }) => sum + counts[i], 0));
    const all = sums.reduce((a, b) => a + b);
    const bad = [
      [sums[0], "error"],
      [sums[1], "warning"],
    ].filter(([count]) => count > 0);
    const told = [inNumber(all, "line"), ...bad.map(([count, name]) => inNumber(count, name))].join(", ");
    const { since } = this.#counted;
    const part = since === null ? "" : ` since ${clock(since)}, those before were not counted`;
    return `${told}${part}${this.#failure ? `, as of ${clockOf(this.#counted.asOf)}` : ""}`;
  }

  /** A range that is not offered has an option for itself. */
  #nameRange() {
    const value = isMoving(this.#range) ? this.#range.last : "own";
    this.#select.querySelector(".own")?.remove();
    if (!(value in OFFERED)) {
      const words = isMoving(this.#range) ? `Last ${this.#range.last}` : this.#fromTo();
      const own = new Option(words, value);
      own.className = "own";
      this.#select.prepend(own);
    }
    this.#select.value = value;
    this.#part(".time-wider").hidden = isMoving(this.#range);
  }

  #fromTo() {
    const [from, to] = boundsOf(this.#range).map((at) => fieldValue(new Date(at), settings.utc).replace("T", " "));
    const day = from.slice(0, 10);
    return `${from} to ${to.startsWith(day) ? to.slice(11) : to}`;
  }

  #selected() {
    if (this.#select.value !== CHOOSE) return this.#hooks.chosen({ last: this.#select.value });
    this.#nameRange();
    const dialog = this.#part(".range-dialog");
    const [from, to] = boundsOf(this.#range);
    dialog.querySelector(".range-from").value = fieldValue(new Date(from), settings.utc);
    dialog.querySelector(".range-to").value = fieldValue(new Date(to), settings.utc);
    this.#ask(dialog);
  }

  #ask(dialog) {
    for (const zone of dialog.querySelectorAll(".zone")) zone.textContent = settings.utc ? "UTC" : "local time";
    dialog.showModal();
  }

  #listenToDialog(selector, given) {
    this.#part(`${selector} form`).addEventListener("submit", (event) => {
      if (event.submitter?.value !== "cancel" && given() === false) event.preventDefault();
    });
  }

  #rangeGiven() {
    const to = this.#part(".range-to");
    const [from, until] = [this.#part(".range-from"), to].map(({ value }) => fromField(value, settings.utc));
    const valid = from !== null && until !== null && from < until;
    to.setCustomValidity(valid ? "" : "The end has to be after the beginning.");
    to.reportValidity();
    to.setCustomValidity("");
    if (valid) this.#goInto({ from: timeOf(from.getTime()), to: timeOf(until.getTime()) });
    return valid;
  }

  #momentGiven() {
    const at = fromField(this.#part(".moment-dialog input").value, settings.utc);
    if (at) this.#hooks.goTo(timeOf(at.getTime()));
    return at !== null;
  }

  #goInto(range) {
    this.#hooks.chosen(range);
    this.#hooks.goTo(range.from);
  }

  /** Twice as long, around the same middle, and not beyond now. */
  #widen() {
    const [from, to] = boundsOf(this.#range);
    const half = (to - from) / 2;
    const end = Math.max(to, Math.min(to + half, serverTime()));
    this.#hooks.chosen({ from: timeOf(from - half), to: timeOf(end) });
  }

  #part(selector) {
    return this.#root.querySelector(selector);
  }
}

function clock(at) {
  const { day, time } = moment(at, settings.utc);
  return `${day} ${time}`.trim();
}
