// Owns the page of logs: which devices the address names, how their views are laid out, and the tools for all of them.
import { nameOf } from "../registry/devices.js";
import { arrange, write } from "../ui/elements.js";
import { keys } from "../ui/keys.js";
import { readAddress, writeAddress } from "./address.js";
import { DevicePicker } from "./device-picker.js";
import { Download } from "./download.js";
import { settings } from "./settings.js";
import { LogView } from "./view.js";

const COLOURS = 8;
const TYPING = 300;

/** @implements {import("../ui/pages.js").Page} */
export class LogPage {
  #root;
  #devices;
  #fleet;
  #download;
  #picker;
  /** @type {import("./address.js").LogAddress | null} */
  #address = null;
  /** @type {LogView[]} */
  #views = [];
  #active = /** @type {LogView | null} */ (null);
  #filter = /** @type {import("../fleetcast-client.js").Filter | null} */ (null);
  #typing = 0;
  #over = new AbortController();

  /**
   * @param {HTMLElement} root
   * @param {import("../registry/devices.js").Devices} devices
   * @param {import("../fleetcast-client.js").FleetcastClient} fleet
   */
  constructor(root, devices, fleet) {
    this.#root = root;
    this.#devices = devices;
    this.#fleet = fleet;
    this.#download = new Download(this.#part(".download-dialog"), (id) => this.#describe(id).name);
    this.#picker = new DevicePicker(this.#part(".add-dialog"), (id) => this.#go({ ids: [...this.#address.ids, id] }));
    this.#listenToFields();
    this.#listenToButtons();
    this.#listenToKeys();
  }

  open([, ids, query]) {
    if (!this.#address) this.#begin();
    const address = (this.#address = readAddress(ids, query));
    const layout = address.merged ? [address.ids] : address.ids.map((id) => [id]);
    const before = this.#views;
    const known = (wanted) => before.find((view) => String(view.ids) === String(wanted));
    this.#views = layout.map((wanted) => known(wanted) ?? this.#made(wanted));
    for (const view of before) if (!this.#views.includes(view)) view.close();
    arrange(this.#part(".log-views"), this.#views.map(({ element }) => element));
    const stay = before.filter((view) => this.#views.includes(view));
    const there = address.line !== null && stay.filter((view) => view.goTo(address.line)).length > 0;
    for (const view of this.#views) {
      const again = address.line !== null && !there;
      if (!stay.includes(view) || again) view.open(this.#filter, { ...address, sure: layout.length === 1 });
    }
    this.#devices.mark(address.ids[0]);
    this.#part("#to-editor").hidden = address.ids.length > 1;
    this.#part("#to-editor").href = `#/devices/${address.ids[0]}/edit`;
    this.listed();
    this.#tell();
  }

  close() {
    this.#over.abort();
    clearTimeout(this.#typing);
    this.#download.close();
    this.#picker.close();
    for (const view of this.#views) view.close();
    this.#views = [];
    this.#address = null;
    this.#devices.mark(null);
  }

  listed() {
    const { ids, merged } = this.#address;
    const names = ids.map((id) => this.#describe(id).name);
    this.#part("h1").textContent = names.join(", ");
    this.#part(".log-about").textContent = ids.length > 1 ? "" : this.#describe(ids[0]).about;
    const columns = ids.length > 1 && !merged;
    this.#root.classList.toggle("columns", columns);
    this.#part(".layout").hidden = ids.length < 2;
    this.#part(".layout").textContent = merged ? "Side by side" : "Merge by time";
    for (const view of this.#views) view.named();
  }

  #begin() {
    this.#over = new AbortController();
    const { signal } = this.#over;
    document.addEventListener("copy", (event) => this.#copied(event), { signal });
    settings.addEventListener("change", () => this.#showSettings(), { signal });
    this.#showSettings();
  }

  #made(ids) {
    const view = new LogView(this.#part(".view-template"), ids, this.#fleet, {
      link: (line) => writeAddress({ ...this.#address, line: line.id, at: line.at }),
      describe: (id) => this.#describe(id),
      changed: () => this.#tell(),
      leave: (gone) => this.#go({ ids: this.#address.ids.filter((id) => !gone.includes(id)) }),
    });
    view.search.find(this.#part(".find").value);
    const activate = () => {
      this.#active = view;
      this.#tell();
    };
    view.element.addEventListener("focusin", activate);
    view.element.addEventListener("pointerdown", activate);
    return view;
  }

  #describe(id) {
    const device = this.#devices.find(id);
    const colour = (this.#address?.ids.indexOf(id) ?? 0) % COLOURS;
    if (!device) return { name: `Device ${id}`, about: "", colour };
    const parts = [device.device_entity_id, `key ${device.key}`, device.active ? null : "inactive"];
    return { name: nameOf(device), about: parts.filter(Boolean).join(" · "), colour };
  }

  get #current() {
    return this.#views.includes(this.#active) ? this.#active : (this.#views[0] ?? null);
  }

  #go(changes) {
    location.hash = writeAddress({ ...this.#address, line: null, at: null, ...changes });
  }

  #listenToFields() {
    const level = this.#part(".filter-level");
    const contains = this.#part(".filter-text");
    const find = this.#part(".find");
    level.addEventListener("change", () => this.#refilter());
    contains.addEventListener("input", () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#refilter(), TYPING);
    });
    contains.addEventListener("change", () => this.#refilter());
    find.addEventListener("input", () => this.#views.forEach((view) => view.search.find(find.value)));
    find.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      this.#current?.search.go(event.shiftKey ? -1 : 1);
    });
    for (const field of [contains, find]) {
      field.addEventListener("keydown", (event) => event.key === "Escape" && field.value === "" && this.#focusLines());
    }
  }

  #listenToButtons() {
    const click = (selector, act) => this.#part(selector).addEventListener("click", act);
    click(".find-up", () => this.#current?.search.go(-1));
    click(".find-down", () => this.#current?.search.go(1));
    click(".pause", () => this.#pauseOrResume());
    click(".download", () => this.#askForDownload());
    click(".add-device", () => this.#addDevice());
    click(".layout", () => this.#go({ merged: !this.#address.merged }));
    click(".tools-toggle", () => this.#toggleTools());
    for (const name of ["wrap", "colours", "utc"]) {
      this.#part(`.${name}`).addEventListener("change", (event) => settings.choose(name, event.target.checked));
    }
  }

  #listenToKeys() {
    const add = (key, words, action, options) => keys.add("log", key, words, action, options);
    add("f", "Go to the newest line and follow", () => this.#views.forEach((view) => view.follow()));
    add("p", "Pause, or show what came meanwhile", () => this.#pauseOrResume());
    add("/", "Find in the lines that are loaded", () => this.#focus(".find"));
    add("n", "Next hit", () => this.#current?.search.go(1));
    add("N", "Hit before", () => this.#current?.search.go(-1));
    add("t", "Filter by text", () => this.#focus(".filter-text"));
    add("l", "Filter by level", () => this.#focus(".filter-level"));
    add("j", "Choose the next line", () => this.#current?.choose(1, false));
    add("k", "Choose the line before", () => this.#current?.choose(-1, false));
    add("J", "Choose one line more below", () => this.#current?.choose(1, true));
    add("K", "Choose one line more above", () => this.#current?.choose(-1, true));
    add("Ctrl+c", "Copy the chosen lines", null);
    add("y", "Copy a link to the chosen line", () => this.#current?.copyLink());
    add("w", "Wrap long lines, or do not", () => settings.choose("wrap", !settings.wrap));
    add("c", "Show the device's colours, or do not", () => settings.choose("colours", !settings.colours));
    add("u", "Times in UTC, or in local time", () => settings.choose("utc", !settings.utc));
    add("d", "Download", () => this.#askForDownload());
    add("a", "Add a device", () => this.#addDevice());
    add("m", "Merge several devices by time, or not", () => {
      if (this.#address.ids.length > 1) this.#go({ merged: !this.#address.merged });
    });
    add("Escape", "Choose no line", () => this.#views.forEach((view) => view.unchoose()));
  }

  /** The server filters; what is there already may lack what the new filter lets through, so it is loaded anew. */
  #refilter() {
    clearTimeout(this.#typing);
    const level = this.#part(".filter-level").value;
    const contains = this.#part(".filter-text").value;
    const filter = { ...(level ? { level } : {}), ...(contains ? { contains } : {}) };
    const next = level || contains ? filter : null;
    if (JSON.stringify(next) === JSON.stringify(this.#filter)) return;
    this.#filter = next;
    for (const view of this.#views) view.open(next);
  }

  #pauseOrResume() {
    const on = !this.#views.some((view) => view.held !== null);
    for (const view of this.#views) view.pause(on);
  }

  #askForDownload() {
    const ids = this.#current?.ids ?? [];
    const ranges = this.#current?.range ?? [null, null];
    this.#download.ask(ids, ranges, this.#filter);
  }

  #addDevice() {
    this.#picker.ask((this.#devices.all ?? []).filter(({ id }) => !this.#address.ids.includes(id)));
  }

  #toggleTools() {
    const open = this.#root.classList.toggle("tools-open");
    this.#part(".tools-toggle").setAttribute("aria-expanded", String(open));
  }

  #focus(selector) {
    if (this.#part(selector).offsetParent === null) this.#toggleTools();
    this.#part(selector).focus();
    this.#part(selector).select?.();
  }

  #focusLines() {
    this.#current?.element.querySelector(".scroller").focus();
  }

  /** Lines are chosen row by row; text that is chosen by mouse stays the browser's. */
  #copied(event) {
    const text = this.#current?.chosen ?? "";
    if (text === "" || !getSelection().isCollapsed || event.target.closest?.("input, textarea")) return;
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  }

  #showSettings() {
    for (const name of ["wrap", "colours", "utc"]) this.#part(`.${name}`).checked = settings[name];
  }

  #tell() {
    const view = this.#current;
    if (!view) return;
    const held = this.#views.map(({ held }) => held).filter((count) => count !== null);
    const pause = this.#part(".pause");
    write(pause, held.length > 0 ? `Resume · ${held.reduce((a, b) => a + b).toLocaleString()} new` : "Pause");
    pause.classList.toggle("primary", held.length > 0);
    const { active, count, position } = view.search;
    const hits = count === 0 ? "none" : position > 0 ? `${position} of ${count.toLocaleString()}` : count.toLocaleString();
    write(this.#part(".hits"), active ? hits : "");
  }

  #part(selector) {
    return this.#root.querySelector(selector);
  }
}
