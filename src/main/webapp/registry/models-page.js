// Owns the page of the device models: the list of them, and the one that is created, edited or deleted.
import { Failure, get, post, tell } from "../ui/api.js";
import { AsOf } from "../ui/as-of.js";
import { as, counted, make, makeLink } from "../ui/elements.js";
import { keys } from "../ui/keys.js";
import { Conflict, differs, drop, save, tellConflict, tellDeleted } from "./conflict.js";
import { UNSAVED } from "./drafts.js";
import { JsonField } from "./json-field.js";

/** So soon it is told that somebody else saved. */
const LOOK_EVERY = 3_000;
/** What is saved here; how many devices there are is no matter. */
const FIELDS = ["name", "config_schema"];
const ANYTHING = "true";
const BLANK = { code: "", name: "", config_schema: null };

/** @implements {import("../ui/pages.js").Page} */
export class ModelsPage {
  #section;
  #mayWrite;
  #confirm;
  #schema;
  #drafts;
  /** What was there when its writer began; null while it is new, or not loaded. */
  #model = null;
  /** What the form was filled with. */
  #stored = BLANK;
  #id = undefined;
  #listed = "";
  #turn = null;
  /** What somebody else saved meanwhile, as it is told. */
  #theirs = null;
  #clock = 0;
  #looking = false;
  #asOf;

  /**
   * @param {HTMLElement} section
   * @param {boolean} mayWrite
   * @param {import("../ui/confirm.js").Confirm} confirm
   * @param {import("./drafts.js").Drafts} drafts
   */
  constructor(section, mayWrite, confirm, drafts) {
    this.#section = section;
    this.#mayWrite = mayWrite;
    this.#confirm = confirm;
    this.#drafts = drafts;
    this.#asOf = new AsOf(this.#part("#models-as-of"));
    this.#schema = new JsonField(this.#part("#schema-field"), { read: faults });
    this.#schema.readOnly = !mayWrite;
    this.#part("#model-name").readOnly = !mayWrite;
    for (const part of section.querySelectorAll(".of-an-editor")) part.hidden = !mayWrite;
    this.#part("form").addEventListener("submit", (event) => this.#submitted(event));
    this.#part("#delete-model").addEventListener("click", () => this.#askToDelete());
    if (!mayWrite) return;
    addEventListener("beforeunload", (event) => this.#dirty && event.preventDefault());
    addEventListener("pagehide", () => this.#keep());
    keys.add("models", "n", "New model", () => (location.hash = "#/models/new"));
    keys.add("models", "Ctrl+s", "Save", () => this.#part("form").hidden || this.#part("form").requestSubmit(), { typing: true });
  }

  get title() {
    return this.#part("h1").textContent;
  }

  async open([, id]) {
    this.close();
    const turn = (this.#turn = {});
    this.#id = id;
    const titles = { undefined: "Models", new: "New model" };
    this.#part("h1").textContent = titles[id] ?? `Model ${id}`;
    this.#part("#to-models").hidden = id === undefined;
    this.#part("#to-model-log").hidden = true;
    this.#part("#new-model").hidden = id !== undefined || !this.#mayWrite;
    for (const part of this.#section.querySelectorAll(".of-the-list, form, #model-denied")) part.hidden = true;
    this.#listed = "";
    this.#say("");
    tell(this.#part("#models-notice"), null);
    this.#clock = setInterval(() => document.hidden || this.look(), LOOK_EVERY);
    if (id === "new") this.#begin();
    else await this.#load(turn, id);
  }

  close() {
    this.#keep();
    clearInterval(this.#clock);
    this.#turn = null;
    this.#model = this.#theirs = null;
    this.#asOf.fresh(); // of what comes next
    this.#part("form").hidden = true;
  }

  /** The list or the model may be another by now; what is being written stays. */
  async look() {
    const isList = this.#id === undefined;
    if (!this.#turn || this.#looking || !(isList || this.#model)) return;
    this.#looking = true;
    try {
      await (isList ? this.#load(this.#turn) : this.#lookAtModel(this.#turn, this.#model));
    } finally {
      this.#looking = false;
    }
  }

  async #lookAtModel(turn, seen) {
    try {
      const model = await get(`/api/device-models/${this.#id}`);
      if (turn !== this.#turn) return;
      this.#asOf.fresh();
      // What was asked for before this page saved is older than what it has.
      if (seen === this.#model && !this.#part("form").dataset.busy) this.#changedMeanwhile(model);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      if (turn !== this.#turn) return;
      if (failure.status === 404) tellDeleted(this.#part("#models-notice"), "model");
      else this.#asOf.old();
    }
  }

  #changedMeanwhile(model) {
    if (differs(model, this.#model, FIELDS)) this.#dirty ? this.#conflict(model) : this.#edit(model);
    else this.#part("#model-devices").textContent = `${counted(model.device_count, "device")} of this model.`;
  }

  get #draft() {
    return `models/${this.#id}`;
  }

  get #written() {
    return { code: this.#part("#model-code").value, name: this.#part("#model-name").value, config_schema: this.#schema.value || null };
  }

  get #dirty() {
    return this.#mayWrite && !this.#part("form").hidden && differs(this.#written, this.#stored, ["code", ...FIELDS]);
  }

  #keep() {
    if (this.#turn && this.#dirty) this.#drafts.keep(this.#draft, this.#written, this.#model);
  }

  async #load(turn, id) {
    try {
      const found = await get(id ? `/api/device-models/${id}` : "/api/device-models");
      if (turn !== this.#turn) return;
      tell(this.#part("#models-notice"), null);
      this.#asOf.fresh();
      if (id) this.#edit(found);
      else this.#list(found.device_models);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      if (turn !== this.#turn) return;
      if (this.#listed !== "") this.#asOf.old();
      tell(this.#part("#models-notice"), failure, () => this.#load(turn, id));
    }
  }

  #list(models) {
    this.#part("#model-list").hidden = models.length === 0;
    const listed = JSON.stringify(models);
    if (listed === this.#listed) return; // or whoever is at one of the links would lose it
    this.#listed = listed;
    this.#part("#model-list tbody").replaceChildren(...models.map(rowOf));
    const none = this.#part("#no-model");
    none.hidden = models.length > 0;
    none.querySelector("p").textContent = this.#mayWrite
      ? "A model is a kind of device: its code becomes part of each device's client id, and its schema says what a config may hold. Create one, and then a device of it."
      : "Models are created by people with the role editor.";
  }

  #begin() {
    if (!this.#mayWrite) {
      this.#part("#model-denied").hidden = false;
      return;
    }
    this.#fill(BLANK);
    this.#part("#model-code").focus();
  }

  #edit(model) {
    const seen = this.#drafts.get(this.#draft)?.seen ?? model;
    this.#model = seen;
    this.#theirs = null;
    this.#part("h1").textContent = model.name;
    this.#section.dispatchEvent(new Event("titled", { bubbles: true }));
    this.#part("#to-model-log").href = `#/logs?model=${model.id}`;
    this.#part("#to-model-log").hidden = false;
    this.#fill(model);
    if (differs(model, seen, FIELDS)) this.#conflict(model);
  }

  #fill(model) {
    const known = this.#model !== null;
    this.#part("form").hidden = false;
    this.#part("#model-code").readOnly = known;
    this.#write(model);
    this.#stored = this.#written; // a field has its own ends of lines
    const draft = this.#drafts.get(this.#draft);
    if (draft) this.#write(draft.written);
    this.#drafts.drop(this.#draft);
    this.#say(this.#dirty ? UNSAVED : "");
    this.#part("#model-devices").textContent = known ? `${counted(model.device_count, "device")} of this model.` : "";
    this.#part("#delete-model").hidden = !known || !this.#mayWrite;
    this.#tellFields([]);
  }

  #write({ code, name, config_schema: schema }) {
    this.#part("#model-code").value = code;
    this.#part("#model-name").value = name;
    this.#schema.value = schema ?? "";
  }

  async #submitted(event) {
    event.preventDefault();
    if (!this.#mayWrite || this.#part("form").dataset.busy) return;
    if (this.#schema.value.trim() !== "" && !this.#schema.check()) return this.#schema.focus();
    this.#part("form").dataset.busy = "true";
    try {
      await (this.#model ? this.#save() : this.#create());
    } catch (failure) {
      if (failure instanceof Conflict) return this.#conflict(failure.theirs);
      if (!(failure instanceof Failure)) throw failure;
      this.#tellFields(failure.fields);
      tell(this.#part("#models-notice"), failure);
    } finally {
      delete this.#part("form").dataset.busy;
    }
  }

  async #create() {
    const code = this.#part("#model-code").value;
    await post("/api/device-models", { code, name: this.#part("#model-name").value, config_schema: this.#schema.value.trim() || null });
    this.#part("form").hidden = true; // nothing is left to be kept
    location.hash = "#/models";
  }

  /** Null would leave the schema as it is: one that is to go becomes the schema that allows anything. */
  async #save() {
    const turn = this.#turn;
    this.#theirs = null; // what is in their way is told anew
    const before = this.#model.config_schema;
    const schema = this.#schema.value.trim() || (before === null ? null : ANYTHING);
    const body = { name: this.#part("#model-name").value, config_schema: schema };
    const model = await save(`/api/device-models/${this.#model.id}`, body, this.#model, FIELDS);
    if (turn !== this.#turn) return;
    tell(this.#part("#models-notice"), null);
    this.#edit(model);
    this.#say(schema === before ? "Saved." : "Saved. A device is held to the schema the next time that it is saved.");
  }

  /** Somebody else saved: nothing of either is lost before the writer has chosen. */
  #conflict(theirs) {
    const told = this.#theirs !== null && !differs(theirs, this.#theirs, FIELDS);
    if (told || theirs.id !== this.#model?.id) return;
    this.#theirs = theirs;
    const { code: _, ...mine } = this.#written;
    tellConflict(this.#part("#models-notice"), "model", theirs, mine, {
      load: () => this.#edit(theirs),
      overwrite: () => {
        this.#model = theirs;
        this.#part("form").requestSubmit();
      },
    });
  }

  #tellFields(fields) {
    const of = (name) => fields.filter(({ field }) => field === name).map(({ message }) => message);
    for (const name of ["code", "name"]) {
      const input = this.#part(`#model-${name}`);
      const messages = of(name);
      input.setAttribute("aria-invalid", String(messages.length > 0));
      this.#part(`#model-${name}-fault`).textContent = messages.join("; ");
    }
    this.#schema.refuse(of("config_schema"));
    this.#section.querySelector("form [aria-invalid=true]")?.focus();
  }

  #askToDelete() {
    const model = this.#model;
    const words =
      model.device_count > 0
        ? [`It has ${counted(model.device_count, "device")}. A model can be deleted only when it has none.`]
        : ["No device is of this model. Its schema goes with it. This cannot be undone."];
    this.#confirm.ask({ title: `Delete the model ${model.name}?`, words, action: "Delete model", danger: true, run: () => this.#delete(model) });
  }

  async #delete(model) {
    await drop(`/api/device-models/${model.id}`, model, FIELDS);
    this.#part("form").hidden = true; // nothing is left to be kept
    location.hash = "#/models";
  }

  #say(words) {
    const status = this.#part("#models-status");
    status.textContent = words;
    status.classList.toggle("unsaved", words === UNSAVED);
  }

  #part(selector) {
    return this.#section.querySelector(selector);
  }
}

function rowOf({ id, code, name, device_count: devices, has_config_schema: schema }) {
  const head = as("rowheader", make("th", "", makeLink(`#/models/${id}`, "", name)));
  head.scope = "row";
  const cells = [make("code", "", code), counted(devices, "device"), schema ? "with a schema" : make("span", "muted", "no schema")];
  return as("row", make("tr", "", head, ...cells.map((cell) => as("cell", make("td", "", cell)))));
}

function faults(value) {
  const schema = typeof value === "boolean" || (typeof value === "object" && value !== null && !Array.isArray(value));
  return schema ? [] : ["A schema is an object, or true or false"];
}
