// Owns the page of logs: what its address names is what is shown, and what is chosen there comes to stand in the address.
import { nameOf } from "../registry/devices.js";
import { arrange, counted } from "../ui/elements.js";
import { MOST_DEVICES, readAddress, writeAddress } from "./address.js";
import { DevicePicker } from "./device-picker.js";
import { Download } from "./download.js";
import { isSame, NO_FILTER } from "./filter.js";
import { FilterBar } from "./filter-bar.js";
import { LineDetails } from "./line-details.js";
import { LogTools } from "./log-tools.js";
import { NamedViews } from "./named-views.js";
import { settings } from "./settings.js";
import { isWide, modelOf } from "./source.js";
import { TimeBar } from "./time-bar.js";
import { LogView } from "./view.js";

const COLOURS = 8;
/** Browsers take an address seldom. */
const REMEMBER_EVERY = 500;

/** @implements {import("../ui/pages.js").Page} */
export class LogPage {
  #root;
  #devices;
  #fleet;
  #download;
  #picker;
  #filterBar;
  #timeBar;
  #details;
  #namedViews;
  #tools;
  /** @type {import("./address.js").LogAddress | null} */
  #address = null;
  /** @type {LogView[]} */
  #views = [];
  #active = /** @type {LogView | null} */ (null);
  #remembering = 0;
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
    this.#download = new Download(this.#part(".download-dialog"), (source) => this.#describe(source).name);
    this.#picker = new DevicePicker(this.#part(".add-dialog"), (id) => this.#go({ ids: [...this.#address.ids, id] }));
    this.#filterBar = new FilterBar(root, (filter) => this.#change({ filter }));
    this.#timeBar = new TimeBar(root, {
      chosen: (range) => this.#change({ range }),
      goTo: (at) => this.#go({ at }),
    });
    this.#details = new LineDetails(this.#part(".line-details"), {
      nameOf: (line) => this.#deviceOf(line).name,
      filter: (name, value) => this.#narrow(name, value),
    });
    this.#namedViews = new NamedViews(this.#part(".views-dialog"), () => this.#address && this.#addressWith({}));
    this.#tools = new LogTools(root, { views: () => this.#views, current: () => this.#current, act: this.#acts() });
  }

  open([, ids, query]) {
    const before = this.#address;
    if (!before) this.#begin();
    this.#address = readAddress(ids, query);
    this.#showAddress(before);
  }

  close() {
    this.#over.abort();
    clearTimeout(this.#remembering);
    this.#remembering = 0;
    for (const part of [this.#download, this.#picker, this.#filterBar, this.#timeBar, this.#details, this.#namedViews]) {
      part.close();
    }
    for (const view of this.#views) view.close();
    this.#views = [];
    this.#address = null;
    this.#devices.mark(null);
  }

  listed() {
    const { ids, merged } = this.#address;
    const [first] = ids;
    const several = ids.length > 1;
    this.#part("h1").textContent = ids.map((id) => this.#describe(id).name).join(", ");
    this.#part(".log-about").textContent = several ? "" : this.#describe(first).about;
    const columns = several && !merged;
    this.#root.classList.toggle("columns", columns);
    this.#part(".layout").hidden = !several;
    this.#part(".layout").textContent = merged ? "Side by side" : "Merge by time";
    this.#part(".add-device").hidden = isWide(first) || ids.length >= MOST_DEVICES;
    this.#part("#to-editor").hidden = several || isWide(first);
    this.#part("#to-editor").href = `#/devices/${first}/edit`;
    for (const view of this.#views) view.named();
  }

  #begin() {
    this.#over = new AbortController();
    const { signal } = this.#over;
    this.#tools.begin(signal);
    settings.addEventListener("change", () => this.#timeBar.show(this.#address), { signal });
  }

  /** @param {import("./address.js").LogAddress | null} before what was shown until now */
  #showAddress(before) {
    const { ids, filter, line, at } = this.#address;
    this.#filterBar.show(filter);
    const fresh = this.#arrangeViews();
    const refilter = before !== null && !isSame(before.filter, filter);
    const moved = at !== null && (before?.at !== at || before.line !== line);
    const place = this.#placeOf(this.#address);
    for (const view of this.#views) {
      if (fresh.includes(view)) view.open(filter, place);
      else if (refilter) view.open(filter, moved ? view.asNow(place) : view.place);
      else if (moved && !view.goTo(place)) view.open(filter, place);
    }
    this.#devices.mark(isWide(ids[0]) ? null : ids[0]);
    this.listed();
    this.#timeBar.show(this.#address);
    this.#tell();
  }

  /** Answers the views that are new. */
  #arrangeViews() {
    const { ids, merged } = this.#address;
    const layout = merged ? [ids] : ids.map((id) => [id]);
    const before = this.#views;
    const known = (wanted) => before.find((view) => String(view.sources) === String(wanted));
    this.#views = layout.map((wanted) => known(wanted) ?? this.#made(wanted));
    for (const view of before) if (!this.#views.includes(view)) view.close();
    arrange(this.#part(".log-views"), this.#views.map(({ element }) => element));
    return this.#views.filter((view) => !before.includes(view));
  }

  #placeOf({ line, at }) {
    if (at === null) return null;
    return { at, line, linked: line !== null, sure: this.#views.length === 1, offset: line === null ? 0 : null };
  }

  #made(sources) {
    const view = new LogView(this.#part(".view-template"), sources, this.#fleet, {
      link: (line) => this.#addressWith({ line: line.id, at: line.at }),
      describe: (source) => this.#describe(source),
      deviceOf: (line) => this.#deviceOf(line),
      changed: () => this.#tell(),
      leave: (gone) => this.#go({ ids: this.#address.ids.filter((source) => !gone.includes(source)) }),
      filterByTag: (tag, exclude) => this.#narrow(exclude ? "without_tag" : "tag", tag),
      showAround: (line) => this.#go({ filter: NO_FILTER, line: line.id, at: line.at }),
      details: () => this.#toggleDetails(),
      deleted: () => this.#devices.load(),
    });
    this.#tools.join(view);
    const activate = () => {
      this.#active = view;
      this.#tell();
    };
    view.element.addEventListener("focusin", activate);
    view.element.addEventListener("pointerdown", activate);
    return view;
  }

  #describe(source) {
    if (isWide(source)) return this.#describeMany(modelOf(source));
    const device = this.#devices.find(source);
    const colour = (this.#address?.ids.indexOf(source) ?? 0) % COLOURS;
    if (!device) return { name: `Device ${source}`, about: "", colour };
    const parts = [device.device_entity_id, `key ${device.key}`, device.active ? null : "inactive"];
    return { name: nameOf(device), about: parts.filter(Boolean).join(" · "), colour };
  }

  #describeMany(model) {
    const all = this.#devices.all ?? [];
    const { length } = model === null ? all : all.filter((device) => device.device_model_id === model);
    const name = model === null ? "All devices" : `All devices of model ${model}`;
    return { name, about: this.#devices.all ? counted(length, "device") : "", colour: 0 };
  }

  /** Whose line it is: a log of many devices names the entity alone. */
  #deviceOf({ source, entityId }) {
    if (!isWide(source)) return this.#describe(source);
    const device = (this.#devices.all ?? []).find(({ device_entity_id: id }) => id === entityId);
    return { name: device ? nameOf(device) : (entityId ?? ""), colour: (device?.id ?? 0) % COLOURS };
  }

  get #current() {
    return this.#views.includes(this.#active) ? this.#active : (this.#views[0] ?? null);
  }

  #addressWith(changes) {
    return writeAddress({ ...this.#address, line: null, at: null, ...changes });
  }

  /** Shows something else, from which one can go back. */
  #go(changes) {
    const hash = this.#addressWith(changes);
    if (hash !== location.hash) location.hash = hash;
    else if (changes.at) for (const view of this.#views) view.goTo(this.#placeOf(this.#address));
  }

  /** Shows the same in another way. */
  #change(changes) {
    const before = this.#address;
    this.#address = { ...before, ...changes };
    history.replaceState(null, "", writeAddress(this.#address));
    this.#showAddress(before);
  }

  #narrow(name, value) {
    if (name === "level") this.#filterBar.choose(value);
    else this.#filterBar.add(name, value);
  }

  #acts() {
    return {
      filter: () => this.#filterBar.ask(),
      moment: () => this.#timeBar.askForMoment(),
      details: () => this.#toggleDetails(),
      download: () => this.#askForDownload(),
      addDevice: () => this.#addDevice(),
      namedViews: () => this.#namedViews.ask(),
      layout: () => this.#address.ids.length > 1 && this.#go({ merged: !this.#address.merged }),
    };
  }

  #askForDownload() {
    const sources = this.#current?.sources ?? [];
    const ranges = this.#current?.range ?? [null, null];
    this.#download.ask(sources, ranges, this.#address.filter);
  }

  #addDevice() {
    if (this.#part(".add-device").hidden) return;
    this.#picker.ask((this.#devices.all ?? []).filter(({ id }) => !this.#address.ids.includes(id)));
  }

  #toggleDetails() {
    const head = this.#current?.head;
    if (this.#details.isOpen || !head) this.#details.close();
    else this.#details.open(head);
  }

  #tell() {
    const view = this.#current;
    if (!view) return;
    this.#tools.tell();
    this.#details.follow(view.head);
    this.#remembering ||= setTimeout(() => this.#remember(), REMEMBER_EVERY);
  }

  /** The address names the time at which the reader looks, so that a reload and a colleague begin there. */
  #remember() {
    this.#remembering = 0;
    const sight = this.#current?.inSight;
    if (!sight) return;
    this.#timeBar.here(sight);
    const { at } = this.#address;
    if (at !== null && !sight.following && sight.from <= at && at <= sight.to) return;
    const next = sight.following ? null : sight.from;
    if (next === at) return;
    this.#address = { ...this.#address, line: null, at: next };
    history.replaceState(null, "", writeAddress(this.#address));
  }

  #part(selector) {
    return this.#root.querySelector(selector);
  }
}
