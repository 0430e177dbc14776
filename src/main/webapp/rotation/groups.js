// Owns the four groups of the rotation's dashboard: their rows stay the same elements while the fleet moves on.
import { nameOf } from "../registry/devices.js";
import { moment } from "../ui/clock.js";
import { arrange, as, counted, make, makeBadge, makeButton, makeLink, makeTime } from "../ui/elements.js";

/** A group that is larger than this opens when it is asked to. */
const FEW = 40;
/** So many rows of a group are drawn at once. */
const PAGE = 200;

const GROUPS = [
  { name: "critical", title: "Critical", about: "Timed out, and not rotated for a long time: look after these first." },
  { name: "warning", title: "Warning", about: "Timed out: they kept their old secret and are tried again." },
  { name: "healthy", title: "Healthy", about: "Rotated in time, or waiting for their turn." },
  { name: "inactive", title: "Inactive", about: "Left out when the whole fleet rotates." },
];

const order = new Intl.Collator(undefined, { numeric: true });
const STATES = { OK: "OK", QUEUED: "Queued", PENDING: "In turn", TIMEOUT: "Timed out" };

export class RotationGroups {
  #root;
  #rotate;
  #groups;
  #wanted = "";
  #board = null;
  /** @type {Map<number, Row>} */
  #rows = new Map();

  /**
   * @param {HTMLElement} root
   * @param {((device: object) => void) | null} rotate what a row's button does; null: there is none
   */
  constructor(root, rotate) {
    this.#root = root;
    this.#rotate = rotate;
    this.#groups = GROUPS.map((group) => this.#make(group));
    root.replaceChildren(...this.#groups.map(({ section }) => section));
  }

  /** @param {{critical: object[], warning: object[], healthy: object[], inactive: object[]}} board */
  show(board) {
    this.#board = board;
    this.#draw();
  }

  /** Shows only devices with this text in name, key, model or state. */
  find(text) {
    this.#wanted = text.trim().toLowerCase();
    if (this.#board) this.#draw();
  }

  #draw() {
    const focused = document.activeElement;
    const drawn = new Set();
    for (const group of this.#groups) {
      const all = this.#board[group.name];
      const found = this.#wanted ? all.filter((device) => wordsOf(device).includes(this.#wanted)) : all;
      const open = this.#wanted ? found.length > 0 : (group.chosen ?? found.length <= FEW);
      const shown = open ? found.toSorted(byName).slice(0, group.limit) : [];
      this.#head(group, all.length, found.length, open && found.length > 0);
      arrange(group.body, shown.map((device) => this.#row(device)));
      for (const { id } of shown) drawn.add(id);
      group.table.hidden = shown.length === 0;
      group.more.hidden = shown.length === found.length || shown.length === 0;
      group.more.textContent = `Show ${Math.min(PAGE, found.length - shown.length)} more of ${(found.length - shown.length).toLocaleString()}`;
    }
    for (const [id, row] of this.#rows) if (!drawn.has(id)) this.#drop(id, row);
    // A row that went to another group took its button along, but not the focus on it.
    if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  }

  #drop(id, row) {
    row.element.remove();
    this.#rows.delete(id);
  }

  #head(group, all, found, open) {
    group.count.textContent = this.#wanted ? `${found.toLocaleString()} of ${counted(all, "device")}` : counted(all, "device");
    group.toggle.hidden = found === 0 || this.#wanted !== "";
    group.toggle.textContent = open ? "Hide" : "Show";
    group.toggle.setAttribute("aria-expanded", String(open));
    group.section.classList.toggle("none", all === 0);
  }

  #row(device) {
    let row = this.#rows.get(device.id);
    if (!row) this.#rows.set(device.id, (row = new Row(this.#rotate)));
    row.show(device);
    return row.element;
  }

  #make({ name, title, about }) {
    const count = make("span", "muted count");
    const group = { name, count, limit: PAGE, chosen: undefined };
    const toggle = makeButton("button small", "Show", () => {
      group.chosen = toggle.getAttribute("aria-expanded") !== "true";
      group.limit = PAGE;
      this.#draw();
    });
    const heading = make("h2", "", title);
    heading.id = `group-${name}`;
    toggle.setAttribute("aria-describedby", heading.id);
    const body = as("rowgroup", make("tbody"));
    const table = as("table", make("table", "fleet-table", this.#columns(), body));
    table.setAttribute("aria-labelledby", heading.id);
    const more = makeButton("button small more", "", () => {
      group.limit += PAGE;
      this.#draw();
    });
    const head = make("div", "group-head", heading, count, toggle, make("p", "muted about", about));
    const section = make("section", `group ${name}`, head, table, more);
    section.setAttribute("aria-labelledby", heading.id);
    return Object.assign(group, { toggle, body, table, more, section });
  }

  #columns() {
    const names = ["Device", "Model", "State", "Last rotation", "Age", ...(this.#rotate ? ["Rotate"] : [])];
    const cells = names.map((name) => {
      const cell = as("columnheader", make("th", "", name));
      cell.scope = "col";
      return cell;
    });
    return as("rowgroup", make("thead", "", as("row", make("tr", "", ...cells))));
  }
}

/** One device; only what has changed is written anew. */
class Row {
  element;
  #device = null;
  #shown = "";
  #cells;
  #button = null;

  constructor(rotate) {
    const name = as("rowheader", make("th", "name"));
    name.scope = "row";
    this.#cells = [name, ...["model", "state", "last", "age"].map((kind) => as("cell", make("td", kind)))];
    this.element = as("row", make("tr", "", ...this.#cells));
    if (!rotate) return;
    this.#button = makeButton("button small", "Rotate…", () => this.#waits || rotate(this.#device));
    this.element.append(as("cell", make("td", "act", this.#button)));
  }

  get #waits() {
    return this.#device.rotation_state === "QUEUED" || this.#device.rotation_state === "PENDING";
  }

  show(device) {
    const shown = JSON.stringify(device);
    if (shown === this.#shown) return;
    const before = this.#device;
    this.#device = device;
    this.#shown = shown;
    const [name, model, state, last, age] = this.#cells;
    if (!before || nameOf(before) !== nameOf(device)) name.replaceChildren(makeLink(`#/devices/${device.id}`, "", nameOf(device)), " ", make("span", "muted key", device.key));
    model.textContent = device.device_model_code;
    const badge = makeBadge(STATES[device.rotation_state] ?? device.rotation_state, device.rotation_state);
    state.replaceChildren(badge, ...(device.attempt?.state === "TIMEOUT" ? [make("p", "muted why", whyLate(device.attempt))] : []));
    last.replaceChildren(makeTime(device.last_rotation_completed_at, "never rotated"));
    age.textContent = device.days_since_rotation === null ? "" : counted(device.days_since_rotation, "day");
    this.#button?.setAttribute("aria-label", `Rotate ${nameOf(device)}…`);
    // Not `disabled`: that would take the focus away from whoever has just pressed it.
    this.#button?.setAttribute("aria-disabled", String(this.#waits));
  }
}

/** Why the last turn of a device ended without it, and when it may have another. */
function whyLate({ deadline, fetched, timeouts, next_try_at: next }) {
  const by = deadline ? ` by ${momentOf(deadline)}` : "";
  const why = fetched ? `Fetched its new secret, but did not come back with it${by}` : `Did not ask for its new secret${by}`;
  const often = timeouts > 1 ? `, ${timeouts} times in a row` : "";
  return `${why}${often}. Next try ${next ? `from ${momentOf(next)}` : "in the next run"}.`;
}

function momentOf(at) {
  const { day, time } = moment(at, false);
  return `${day} ${time}`.trim();
}

function wordsOf(device) {
  return `${nameOf(device)} ${device.key} ${device.device_model_code} ${STATES[device.rotation_state]}`.toLowerCase();
}

function byName(one, other) {
  return order.compare(nameOf(one), nameOf(other)) || one.id - other.id;
}
