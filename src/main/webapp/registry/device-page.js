// Owns the page on which a device is created, edited and deleted.
import { Failure, get, post, tell } from "../ui/api.js";
import { AsOf } from "../ui/as-of.js";
import { counted, make, makeTime } from "../ui/elements.js";
import { keys } from "../ui/keys.js";
import { Conflict, differs, drop, save, tellConflict, tellDeleted } from "./conflict.js";
import { Credentials } from "./credentials.js";
import { faults, sharingWith, wordsOf } from "./device-config.js";
import { nameOf } from "./devices.js";
import { UNSAVED } from "./drafts.js";
import { JsonField } from "./json-field.js";

/** So soon it is told that somebody else saved. */
const LOOK_EVERY = 3_000;
/** What is saved here; the rest of a device changes by itself. */
const FIELDS = ["config", "active"];
const TEMPLATE = '{\n  "deviceName": "",\n  "deviceEntityId": "",\n  "enableOTA": true\n}';

/** @implements {import("../ui/pages.js").Page} */
export class DevicePage {
  #section;
  #mayWrite;
  #confirm;
  #devices;
  #config;
  #credentials;
  /** The device as the server has it; null while it is new, or not loaded. */
  #device = null;
  /** What was there when its writer began. */
  #seen = null;
  /** What somebody else saved meanwhile, as it is told. */
  #theirs = null;
  #id = null;
  #turn = null;
  #clock = 0;
  #looking = false;
  #asOf;
  #shownFacts = "";
  #drafts;
  /** The device that has just been created here. */
  #arrived = null;

  /**
   * @param {HTMLElement} section
   * @param {boolean} mayWrite
   * @param {import("../ui/confirm.js").Confirm} confirm
   * @param {import("./drafts.js").Drafts} drafts
   * @param {import("./devices.js").Devices} devices
   */
  constructor(section, mayWrite, confirm, drafts, devices) {
    this.#section = section;
    this.#mayWrite = mayWrite;
    this.#confirm = confirm;
    this.#drafts = drafts;
    this.#devices = devices;
    this.#asOf = new AsOf(this.#part("#editor-as-of"));
    this.#config = new JsonField(this.#part("#config-field"), { read: faults, changed: (value) => this.#read(value) });
    this.#credentials = new Credentials(this.#part("#credentials"));
    this.#config.readOnly = !mayWrite;
    for (const input of section.querySelectorAll("select, #active")) input.disabled = !mayWrite;
    this.#part("#read-only").hidden = mayWrite;
    this.#part("form").addEventListener("submit", (event) => this.#submitted(event));
    this.#part("#model").addEventListener("change", () => this.#showSchema());
    this.#part("#discard").addEventListener("click", () => this.#discard());
    this.#part("#delete-device").addEventListener("click", () => this.#askToDelete());
    addEventListener("beforeunload", (event) => this.#dirty && event.preventDefault());
    addEventListener("pagehide", () => this.#keep());
    if (mayWrite) keys.add("editor", "Ctrl+s", "Save", () => this.#part("form").requestSubmit(), { typing: true });
  }

  get title() {
    return this.#part("h1").textContent;
  }

  async open([, id]) {
    this.close();
    this.#id = id ? Number(id) : null;
    const turn = (this.#turn = {});
    this.#part("h1").textContent = id ? `Device ${id}` : "New device";
    for (const part of this.#section.querySelectorAll(".of-a-device")) part.hidden = true;
    for (const part of this.#section.querySelectorAll(".of-a-new-one")) part.hidden = id !== undefined;
    this.#part("form").hidden = true;
    this.#part("#no-models").hidden = true;
    this.#section.setAttribute("aria-busy", "true");
    this.#say("");
    this.#clock = setInterval(() => document.hidden || this.look(), LOOK_EVERY);
    await this.#load(turn);
    this.#section.removeAttribute("aria-busy");
  }

  close() {
    this.#keep();
    clearInterval(this.#clock);
    this.#turn = null;
    this.#asOf.fresh(); // of what comes next
    this.#device = this.#seen = this.#theirs = null;
    this.#credentials.clear();
    this.#part("form").hidden = true;
    tell(this.#part("#editor-notice"), null);
  }

  get #draft() {
    return `devices/${this.#id ?? "new"}`;
  }

  #keep() {
    if (!this.#turn || !this.#dirty) return;
    const model = this.#device ? {} : { model: this.#part("#model").value };
    this.#drafts.keep(this.#draft, { ...this.#written, ...model }, this.#seen);
  }

  /** The names of all devices are known, or are others than before. */
  listed() {
    if (this.#turn) this.#config.read();
  }

  /** The state of its rotation may be another; what is being written stays. */
  async look() {
    const [turn, seen] = [this.#turn, this.#seen];
    if (!this.#device || this.#looking) return;
    this.#looking = true;
    try {
      const device = await get(`/api/devices/${this.#id}`);
      if (turn !== this.#turn) return;
      this.#asOf.fresh();
      // What was asked for before this page saved is older than what it has.
      if (seen === this.#seen && !this.#part("form").dataset.busy) this.#changedMeanwhile(device);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      if (turn !== this.#turn) return;
      if (failure.status === 404) tellDeleted(this.#part("#editor-notice"), "device");
      else this.#asOf.old();
    } finally {
      this.#looking = false;
    }
  }

  #changedMeanwhile(device) {
    const changed = differs(device, this.#seen, FIELDS);
    if (changed && !this.#dirty) return this.#show(device);
    this.#facts(device);
    if (changed) this.#conflict(device);
  }

  /** Somebody else saved: nothing of either is lost before the writer has chosen. */
  #conflict(theirs) {
    const told = this.#theirs !== null && !differs(theirs, this.#theirs, FIELDS);
    if (told || theirs.id !== this.#device?.id) return;
    this.#theirs = theirs;
    tellConflict(this.#part("#editor-notice"), "device", theirs, this.#written, {
      load: () => {
        this.#drafts.drop(this.#draft);
        this.#show(theirs);
      },
      overwrite: () => {
        this.#seen = theirs;
        this.#part("form").requestSubmit();
      },
    });
  }

  async #load(turn) {
    try {
      const [models, device] = await Promise.all([
        this.#id === null ? get("/api/device-models") : null,
        this.#id === null ? null : get(`/api/devices/${this.#id}`),
      ]);
      if (turn !== this.#turn) return;
      tell(this.#part("#editor-notice"), null);
      this.#asOf.fresh();
      if (device) this.#show(device);
      else this.#begin(models.device_models);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      if (turn === this.#turn) tell(this.#part("#editor-notice"), failure, () => this.#load(turn));
    }
  }

  #begin(models) {
    const choose = this.#part("#model");
    choose.replaceChildren(...models.map((model) => new Option(`${model.name} (${model.code})`, String(model.id))));
    this.#part("#no-models").hidden = models.length > 0 || !this.#mayWrite;
    this.#part("form").hidden = models.length === 0 || !this.#mayWrite;
    const draft = this.#drafts.get(this.#draft)?.written ?? this.#stored;
    this.#fill(draft);
    if (models.some(({ id }) => String(id) === draft.model)) choose.value = draft.model;
    this.#showSchema();
    if (models.length > 0 && this.#mayWrite) choose.focus();
  }

  #show(device) {
    const draft = this.#drafts.get(this.#draft);
    this.#device = device;
    this.#seen = draft?.seen ?? device;
    this.#theirs = null;
    tell(this.#part("#editor-notice"), null);
    this.#part("h1").textContent = nameOf(device);
    this.#section.dispatchEvent(new Event("titled", { bubbles: true }));
    this.#part("#to-log").href = `#/devices/${device.id}`;
    for (const part of this.#section.querySelectorAll(".of-a-device")) part.hidden = false;
    for (const part of this.#section.querySelectorAll(".of-an-editor")) part.hidden ||= !this.#mayWrite;
    this.#part("form").hidden = false;
    this.#facts(device);
    if (this.#mayWrite) this.#credentials.of(device);
    this.#fill(draft?.written ?? this.#stored);
    if (this.#dirty && differs(device, this.#seen, FIELDS)) this.#conflict(device);
    this.#showSchema();
    if (this.#arrived !== device.id) return;
    this.#arrived = null;
    this.#say("Created. Its first credentials are below: put them on the device.");
  }

  get #stored() {
    const config = this.#device?.config ?? TEMPLATE;
    // A field has its own ends of lines; those of others are no change of the writer's.
    return { config: config.replace(/\r\n?/g, "\n"), active: this.#device?.active ?? true };
  }

  get #written() {
    return { config: this.#config.value, active: this.#part("#active").checked };
  }

  get #dirty() {
    if (!this.#mayWrite || this.#part("form").hidden) return false;
    const { config, active } = this.#written;
    return config !== this.#stored.config || active !== this.#stored.active;
  }

  #fill({ config, active }) {
    this.#drafts.drop(this.#draft);
    this.#part("#active").checked = active;
    this.#config.value = config;
    this.#say(this.#dirty ? UNSAVED : "");
  }

  #discard() {
    this.#drafts.drop(this.#draft);
    this.#show(this.#theirs ?? this.#device);
  }

  #facts(device) {
    const shown = JSON.stringify({ ...device, config: null });
    if (shown === this.#shownFacts) return; // or whoever copies from them would lose the place
    this.#shownFacts = shown;
    const facts = {
      Model: `${device.device_model.name} (${device.device_model.code})`,
      Key: make("code", "", device.key),
      "Client id": make("code", "", device.client_id),
      Rotation: device.rotation_state,
      "Last rotation": makeTime(device.last_rotation_completed_at, "never rotated"),
      Created: makeTime(device.created_at, ""),
    };
    const parts = Object.entries(facts).map(([name, value]) => make("div", "", make("dt", "", name), make("dd", "", value)));
    this.#part("#facts").replaceChildren(...parts);
  }

  /** Says what the registry will read from the config, as it is being written. */
  #read(value) {
    const right = value !== undefined && faults(value).length === 0;
    this.#part("#reads").textContent = right ? wordsOf(value) : "";
    const sharing = right ? sharingWith(value, this.#devices.all ?? [], this.#id).map(nameOf).join(", ") : "";
    this.#part("#shared-entity").textContent = sharing && `${sharing} has the same entity id: the lines of both would be one log.`;
  }

  async #showSchema() {
    const turn = this.#turn;
    const id = this.#device?.device_model_id ?? Number(this.#part("#model").value);
    const box = this.#part("#schema");
    box.hidden = true;
    if (!id) return;
    try {
      const model = await get(`/api/device-models/${id}`);
      if (turn !== this.#turn || model.config_schema === null) return;
      box.querySelector("pre").textContent = model.config_schema;
      box.hidden = false;
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure; // it only helps; the server checks
    }
  }

  async #submitted(event) {
    event.preventDefault();
    if (!this.#mayWrite || this.#part("form").dataset.busy) return;
    if (!this.#config.check()) return this.#config.focus();
    const form = this.#part("form");
    form.dataset.busy = "true";
    try {
      await (this.#device ? this.#save() : this.#create());
      tell(this.#part("#editor-notice"), null);
    } catch (failure) {
      if (failure instanceof Conflict) return this.#conflict(failure.theirs);
      if (!(failure instanceof Failure)) throw failure;
      this.#refused(failure);
    } finally {
      delete form.dataset.busy;
    }
  }

  async #save() {
    const turn = this.#turn;
    this.#theirs = null; // what is in their way is told anew
    const device = await save(`/api/devices/${this.#id}`, this.#written, this.#seen, FIELDS);
    if (turn !== this.#turn) return;
    this.#drafts.drop(this.#draft);
    this.#show(device);
    this.#devices.load();
    this.#say("Saved. The device is told to fetch its config.");
  }

  async #create() {
    const config = this.#config.value;
    const device = await post("/api/devices", { device_model_id: Number(this.#part("#model").value), config });
    this.#config.value = TEMPLATE; // nothing is left to be kept
    this.#part("#active").checked = true;
    this.#devices.load();
    this.#arrived = device.id;
    location.hash = `#/devices/${device.id}/edit`;
  }

  #refused(failure) {
    const own = failure.fields.filter(({ field }) => field === "config").map(({ message }) => message);
    if (own.length > 0) {
      this.#config.refuse(own);
      this.#config.focus();
    }
    tell(this.#part("#editor-notice"), failure);
  }

  async #askToDelete() {
    const device = this.#device;
    const words = [
      `Its credentials go with it: ${device.client_id} is removed at the issuer, and the device can no longer sign in.`,
      "Its subscriptions end: whoever watches it now gets no more of its lines.",
      "Its stored log lines stay where they are. This cannot be undone.",
    ];
    this.#confirm.ask({ title: `Delete ${nameOf(device)}?`, words, action: "Delete device", danger: true, run: () => this.#delete(device) });
    try {
      const { subscriptions } = await get(`/api/device-logs/subscriptions?device_id=${device.id}`);
      const watching = subscriptions.reduce((sum, { request_ids }) => sum + request_ids.length, 0);
      const who = watching === 0 ? "nobody watches it now." : `${counted(watching, "stream")} that watch${watching === 1 ? "es" : ""} it now get no more of its lines.`;
      this.#confirm.say([words[0], `Its subscriptions end: ${who}`, words[2]]);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure; // the general sentence stands
    }
  }

  async #delete(device) {
    await drop(`/api/devices/${device.id}`, device, FIELDS);
    this.#part("form").hidden = true; // nothing is left to be kept
    this.#devices.load();
    location.hash = "#/";
  }

  #say(words) {
    const status = this.#part("#editor-status");
    status.textContent = words;
    status.classList.toggle("unsaved", words === UNSAVED);
  }

  #part(selector) {
    return this.#section.querySelector(selector);
  }
}
