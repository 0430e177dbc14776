// Owns the page of the rotation: where it stands, whose turn it is, and the buttons that start it.
import { nameOf } from "../registry/devices.js";
import { Failure, get, post, tell } from "../ui/api.js";
import { counted, make, makeLink, makeTime } from "../ui/elements.js";
import { keys } from "../ui/keys.js";
import { RotationGroups } from "./groups.js";
import { follow } from "./progress.js";

/** A look at thousands of devices is work for the server: the next one waits so many times as long as it took. */
const REST = 4;
const LEAST_REST = 400;
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

  /** @param {HTMLElement} section @param {boolean} mayWrite @param {import("../ui/confirm.js").Confirm} confirm */
  constructor(section, mayWrite, confirm) {
    this.#section = section;
    this.#confirm = confirm;
    this.#mayWrite = mayWrite;
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
        await rest(Math.max(LEAST_REST, REST * (performance.now() - began)));
      }
    } finally {
      this.#looking = false;
    }
  }

  async #round(signal) {
    try {
      const [board, status] = await Promise.all([get("/api/rotation/dashboard", signal), get("/api/rotation/status", signal)]);
      const devices = [...board.critical, ...board.warning, ...board.healthy, ...board.inactive];
      const turn = devices.find(({ rotation_state: state }) => state === "PENDING");
      this.#pending = turn ? await pendingOf(turn, signal) : null;
      this.#devices = devices;
      this.#run = follow(this.#run, devices, this.#pending?.since ?? null);
      this.#show(board, status);
      tell(this.#part("#rotation-notice"), null);
    } catch (failure) {
      if (signal.aborted) return;
      if (!(failure instanceof Failure)) throw failure;
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
    if (next) this.#part("#next-rotation").append(` (${ahead(Date.parse(next) - Date.now())})`);
    this.#tick();
  }

  #showRun() {
    const { busy, done, late, total, guessed } = this.#run;
    const bar = this.#part("#progress");
    bar.hidden = total === 0;
    bar.max = Math.max(1, total);
    bar.value = done + late;
    const words = `${done.toLocaleString()} of ${counted(total, "device")} done${late > 0 ? `, ${late.toLocaleString()} timed out` : ""}`;
    this.#part("#run").textContent = busy ? `Rotating: ${words}` : total > 0 ? `Finished: ${words}` : "No rotation is under way";
    this.#part("#guessed").hidden = !guessed || total === 0;
  }

  /** Not part of what is read out at each change: it changes every second. */
  #tick() {
    const box = this.#part("#turn");
    if (!this.#pending) {
      box.replaceChildren(make("span", "muted", "nobody's"));
      return;
    }
    const { id, name, since } = this.#pending;
    if (box.dataset.turn !== `${id} ${since}` || !box.querySelector(".elapsed")) {
      box.dataset.turn = `${id} ${since}`;
      box.replaceChildren(makeLink(`#/devices/${id}`, "", name), " since ", makeTime(since, ""), make("span", "elapsed muted"));
    }
    box.querySelector(".elapsed").textContent = ` (${elapsed(Date.now() - Date.parse(since))})`;
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

async function pendingOf(device, signal) {
  try {
    const { last_rotation_attempt_at: since, rotation_state: state } = await get(`/api/devices/${device.id}`, signal);
    return state === "PENDING" && since ? { id: device.id, name: nameOf(device), since } : null;
  } catch (failure) {
    if (failure instanceof Failure && failure.status === 404) return null; // deleted meanwhile
    throw failure;
  }
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
