// Owns the page of the rotation: where it stands, whose turn it is, and the buttons that start it.
import { nameOf } from "../registry/devices.js";
import { Failure, get, post, tell } from "../ui/api.js";
import { AsOf } from "../ui/as-of.js";
import { serverTime, timeOf } from "../ui/clock.js";
import { counted, make, makeLink, makeTime, write } from "../ui/elements.js";
import { keys } from "../ui/keys.js";
import { RotationGroups } from "./groups.js";
import { follow } from "./progress.js";

/** A look at thousands of devices is work for the server: the next one waits so many times as long as it took. */
const REST = 4;
const LEAST_REST = 400;
/** One that waited for a lost connection took long, and was no work. */
const MOST_REST = 5_000;
const DAY = 86_400_000;

/** @implements {import("../ui/pages.js").Page} */
export class RotationPage {
  #section;
  #confirm;
  #groups;
  #mayWrite;
  #abort = null;
  #looking = false;
  #stale = false;
  #run = null;
  #devices = [];
  #pending = null;
  #clock = 0;
  #asOf;

  /** @param {HTMLElement} section @param {boolean} mayWrite @param {import("../ui/confirm.js").Confirm} confirm */
  constructor(section, mayWrite, confirm) {
    this.#section = section;
    this.#confirm = confirm;
    this.#mayWrite = mayWrite;
    this.#asOf = new AsOf(this.#part("#rotation-as-of"));
    this.#groups = new RotationGroups(this.#part("#groups"), mayWrite ? (device) => this.#askOne(device) : null);
    this.#part("#find").addEventListener("input", (event) => this.#groups.find(event.target.value));
    this.#part("#rotate-all").hidden = !mayWrite;
    this.#part("#rotate-all").addEventListener("click", () => this.#askAll());
    keys.add("rotation", "/", "Find a device", () => this.#part("#find").focus());
    if (mayWrite) keys.add("rotation", "a", "Rotate all, after a question", () => this.#askAll());
  }

  open() {
    this.#abort = new AbortController();
    this.#clock = setInterval(() => this.#tick(), 1000);
    this.look();
  }

  close() {
    this.#abort?.abort();
    this.#abort = null;
    clearInterval(this.#clock);
  }

  /** Looks where the fleet stands; a call while that is under way makes one more round and no more. */
  async look() {
    this.#stale = true;
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#stale && this.#abort) {
        this.#stale = false;
        const began = performance.now();
        await this.#round(this.#abort.signal);
        await rest(Math.min(MOST_REST, Math.max(LEAST_REST, REST * (performance.now() - began))));
      }
    } finally {
      this.#looking = false;
    }
  }

  async #round(signal) {
    try {
      const asked = ["dashboard", "status", "attempts"].map((what) => get(`/api/rotation/${what}`, signal));
      const [board, status, { attempts }] = await Promise.all(asked);
      const devices = [...board.critical, ...board.warning, ...board.healthy, ...board.inactive];
      const of = new Map(attempts.map((attempt) => [attempt.device_id, attempt]));
      for (const device of devices) device.attempt = of.get(device.id) ?? null;
      this.#pending = devices.find(({ attempt }) => attempt?.state === "PENDING") ?? null;
      this.#devices = devices;
      this.#run = follow(this.#run, devices, this.#pending?.attempt.started_at ?? null);
      this.#show(board, status);
      this.#asOf.fresh();
      tell(this.#part("#rotation-notice"), null);
    } catch (failure) {
      if (signal.aborted) return;
      if (!(failure instanceof Failure)) throw failure;
      this.#asOf.old();
      tell(this.#part("#rotation-notice"), failure, () => this.look());
    }
  }

  #show(board, status) {
    this.#part("#rotation-body").hidden = false;
    this.#groups.show(board);
    this.#showRun();
    this.#part("#last-rotation").replaceChildren(makeTime(status.last_rotation_completed_at, "none yet"));
    const next = status.next_scheduled_rotation;
    this.#part("#next-rotation").replaceChildren(makeTime(next, "not scheduled"));
    if (next) this.#part("#next-rotation").append(` (${ahead(Date.parse(next) - serverTime())})`);
    this.#tick();
  }

  #showRun() {
    const { busy, done, late, total, guessed, newest } = this.#run;
    const bar = this.#part("#progress");
    bar.hidden = total === 0;
    bar.max = Math.max(1, total);
    bar.value = done + late;
    const words = `${done.toLocaleString()} of ${counted(total, "device")} done${late > 0 ? `, ${late.toLocaleString()} timed out` : ""}`;
    const over = done > 0 ? `Finished at ${timeOf(Date.parse(newest))}` : "Over";
    this.#part("#run").textContent = busy ? `Rotating: ${words}` : total > 0 ? `${over}: ${words}` : "No rotation is under way";
    this.#part("#guessed").hidden = !guessed || total === 0;
  }

  /** Not part of what is read out at each change: it changes every second. */
  #tick() {
    const box = this.#part("#turn");
    if (!this.#pending) {
      box.replaceChildren(make("span", "muted", "nobody's"));
      return;
    }
    const { id, attempt } = this.#pending;
    const { started_at: since, deadline, fetched } = attempt;
    const turn = `${id} ${since} ${fetched}`;
    if (box.dataset.turn !== turn || !box.querySelector(".elapsed")) {
      box.dataset.turn = turn;
      const parts = [makeLink(`#/devices/${id}`, "", nameOf(this.#pending)), " since ", makeTime(since, ""), make("span", "elapsed muted")];
      box.replaceChildren(...parts, make("p", "standing-of-turn muted"));
    }
    const now = serverTime(this.#asOf.at ?? undefined);
    box.querySelector(".elapsed").textContent = ` (${elapsed(now - Date.parse(since))})`;
    write(box.querySelector(".standing-of-turn"), wordsOfTurn(fetched, Date.parse(deadline), now));
  }

  #askAll() {
    const ready = this.#devices.filter((device) => device.active && device.rotation_state === "OK").length;
    this.#confirm.ask({
      title: "Rotate the credentials of the whole fleet?",
      words: [
        `${counted(ready, "active device")} that ${ready === 1 ? "is" : "are"} not waiting already ${ready === 1 ? "is" : "are"} queued. Each in turn is told over MQTT to fetch a new secret, and goes on logging meanwhile.`,
        "One that does not come in time keeps its old secret and is tried again later. Inactive devices are left out.",
      ],
      action: "Rotate all",
      run: async () => {
        const { queued_count: queued } = await post("/api/rotation/trigger");
        this.#say(`${counted(queued, "device")} queued.`);
        this.look();
      },
    });
  }

  #askOne(device) {
    const before = this.#run?.waiting ?? 0;
    this.#confirm.ask({
      title: `Rotate the credentials of ${nameOf(device)}?`,
      words: [
        before === 0 ? "Its turn begins at once." : `It is queued: ${counted(before, "device")} ${before === 1 ? "is" : "are"} before it or in turn now.`,
        "It is told over MQTT to fetch a new secret, and goes on logging meanwhile. If it does not come in time it keeps its old one.",
      ],
      action: "Rotate",
      run: async () => {
        const { status } = await post(`/api/devices/${device.id}/rotate`);
        this.#say(status === "queued" ? `${nameOf(device)} is queued.` : `${nameOf(device)} was queued already.`);
        this.look();
      },
    });
  }

  #say(words) {
    this.#part("#rotation-said").textContent = words;
  }

  #part(selector) {
    return this.#section.querySelector(selector);
  }
}

function wordsOfTurn(fetched, deadline, now) {
  const sofar = fetched ? "It has fetched its new secret" : "It has not asked for its new secret yet";
  if (now <= deadline) return `${sofar}; it has until ${timeOf(deadline)}.`;
  return `${sofar}. Its time was over at ${timeOf(deadline)}: the next run of the rotation job ends its turn.`;
}

function elapsed(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`;
}

function ahead(milliseconds) {
  if (milliseconds <= 0) return "due";
  if (milliseconds >= 2 * DAY) return `in ${Math.round(milliseconds / DAY)} days`;
  const minutes = Math.ceil(milliseconds / 60_000);
  return minutes >= 120 ? `in ${Math.round(minutes / 60)} hours` : `in ${minutes} min`;
}

function rest(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
