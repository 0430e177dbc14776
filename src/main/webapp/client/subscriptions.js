// Owns what the server is told to send: one subscription for each device that any tab follows, and who gets what comes.
import { Refusal } from "./sse.js";

const AT_ONCE = 4;
const MOST_EARLY = 2000;
const LOOK_UP_EVERY = 5000;
/** So long after letting go of an entity its last events may still arrive. */
const STRAGGLING = 20_000;
const LONGEST_WAIT = 30_000;
const LONGEST_ANSWER = 20_000;
const NO_FILTER = "null";
const ASK_AGAIN = "to be asked again";

/**
 * @typedef {object} Filter what the server lets through: `level` or worse (E, W, I, D, V), and a text
 * @property {string} [level]
 * @property {string} [contains]
 *
 * @typedef {object} Want one subscription of one tab
 * @property {{id: number, tell: (message: object) => void}} tab
 * @property {number} key the tab's own number for it
 * @property {Filter | null} filter
 * @property {number} tail
 * @property {boolean} answered
 */

/** A device that somebody follows, or that the server still has to be told nobody follows. */
class Followed {
  /** @type {Map<string, Want>} */
  wants = new Map();
  /** @type {string | null} */
  entityId = null;
  /** The filter that the server has, as JSON; null when it has no subscription. */
  /** @type {string | null} */
  sent = null;
  settling = false;
  /** The server had forgotten it: what came meanwhile is missing. */
  lost = false;
  /** How often in a row the server did not know our stream. */
  unbound = 0;
  /** How often in a row the server could not be asked. */
  tries = 0;

  constructor(id) {
    this.id = id;
  }

  /** The filter for all of them: the one they share, or none, and then each tab filters for itself. */
  get filter() {
    const filters = new Set([...this.wants.values()].map((want) => JSON.stringify(want.filter)));
    return filters.size === 1 ? [...filters][0] : NO_FILTER;
  }

  /** Whether the server has what is wanted. */
  get settled() {
    return this.sent === (this.wants.size === 0 ? null : this.filter);
  }
}

/** The devices that are followed; the server's side of them is brought to what the tabs want while the link is live. */
export class Subscriptions {
  /** @type {Map<number, Followed>} */
  #devices = new Map();
  #link;
  #asking = 0;
  #waiting = [];
  /** Events of entities that we do not know yet: the answer to a subscription may name them. */
  #early = [];
  /** Entities that were let go of, and when. */
  #left = new Map();
  #lookedUpAt = Number.NEGATIVE_INFINITY;

  /** @param {import("./link.js").Link} link */
  constructor(link) {
    this.#link = link;
  }

  want(tab, { key, deviceId, filter, tail }) {
    const device = this.#devices.get(deviceId) ?? new Followed(deviceId);
    this.#devices.set(deviceId, device);
    const name = `${tab.id}:${key}`;
    const answered = device.wants.get(name)?.answered ?? false;
    const want = { tab, key, filter: filter ?? null, tail: tail ?? 0, answered };
    device.wants.set(name, want);
    if (!answered && covers(device.sent, want)) answer(device, want, 0);
    this.#settle(device);
  }

  letGo(tab, { key, deviceId }) {
    const device = this.#devices.get(deviceId);
    if (device?.wants.delete(`${tab.id}:${key}`)) this.#settle(device);
  }

  /** Lets go of all that a tab wanted. */
  leave(tab) {
    for (const device of this.#devices.values()) {
      for (const [name, want] of device.wants) if (want.tab === tab) device.wants.delete(name);
      this.#settle(device);
    }
  }

  /** Forgets everything, without a word to the server: the stream is gone. */
  clear() {
    this.#devices.clear();
    this.#early = [];
  }

  /** What the server has forgotten is subscribed again; what nobody wants any more is let go of. */
  resume(payload) {
    for (const id of payload.subscriptions) {
      const device = this.#devices.get(id) ?? new Followed(id);
      this.#devices.set(id, device);
      device.sent ??= ASK_AGAIN; // the order was carried out, and its answer was lost
    }
    for (const device of this.#devices.values()) {
      if (device.sent !== null && !payload.subscriptions.includes(device.id)) {
        device.sent = null;
        device.lost = true;
      }
      this.#settle(device);
    }
  }

  /** Brings an event of an entity to the tabs that follow it. */
  route(name, payload) {
    const entityId = payload.device_entity_id;
    const devices = [...this.#devices.values()].filter((device) => device.entityId === entityId && device.wants.size > 0);
    if (devices.length > 0) this.#deliver(name, payload, devices);
    else if (Date.now() - (this.#left.get(entityId) ?? 0) > STRAGGLING) {
      this.#left.delete(entityId);
      this.#early.push([name, payload]);
      if (this.#early.length > MOST_EARLY) this.#forgetEarly();
      this.#lookUp();
    }
  }

  #deliver(name, payload, devices) {
    const ids = devices.map((device) => device.id);
    const tabs = new Set(devices.flatMap((device) => [...device.wants.values()].map((want) => want.tab)));
    for (const tab of tabs) tab.tell({ type: "event", name, payload, devices: ids });
  }

  /** Whoever waits for an answer is told that something may be missing. */
  #forgetEarly() {
    this.#early = [];
    for (const device of this.#devices.values()) device.lost ||= !device.settled;
  }

  /** Nobody is being asked, and events come of an entity that no device of ours has: one has got a new entity id. */
  #lookUp() {
    if (this.#asking > 0) return;
    if (Date.now() - this.#lookedUpAt > LOOK_UP_EVERY) {
      this.#lookedUpAt = Date.now();
      for (const device of this.#devices.values()) {
        if (device.sent !== null) device.sent = ASK_AGAIN;
        this.#settle(device);
      }
    }
    if (this.#asking === 0) this.#early = [];
  }

  /** Brings the server's side of a device to what is wanted, one order after the other. */
  async #settle(device) {
    if (device.settling) return;
    device.settling = true;
    while (this.#isDue(device)) await this.#inTurn(() => this.#order(device)).then(pause);
    device.settling = false;
    if (device.wants.size === 0 && device.sent === null && this.#devices.get(device.id) === device) {
      this.#devices.delete(device.id);
    }
  }

  #isDue(device) {
    return this.#link.live && this.#devices.get(device.id) === device && !device.settled;
  }

  /** Answers how long to wait before the next try. */
  async #order(device) {
    if (!this.#isDue(device)) return 0;
    this.#asking++;
    try {
      await (device.wants.size === 0 ? this.#unsubscribe(device) : this.#subscribe(device));
      device.unbound = 0;
      device.tries = 0;
      return 0;
    } catch (failure) {
      return this.#failed(device, failure);
    } finally {
      this.#asking--;
      if (this.#early.length > 0) this.#lookUp();
    }
  }

  async #subscribe(device) {
    const filter = device.filter;
    const waiting = [...device.wants.values()].filter((want) => !want.answered);
    // A tail is for a subscription that is new: those who are there already would see its lines twice.
    const isNew = device.sent === null && waiting.length === device.wants.size;
    const tail = isNew ? Math.max(0, ...waiting.map((want) => want.tail)) : 0;
    const { device_entity_id: entityId } = await this.#post("subscribe", device.id, {
      ...(filter === NO_FILTER ? {} : { filter: JSON.parse(filter) }),
      ...(tail > 0 ? { tail } : {}),
    });
    device.sent = filter;
    device.entityId = entityId;
    this.#left.delete(entityId);
    for (const want of device.wants.values()) {
      // Who came meanwhile got no tail; who wants what this filter keeps out waits for the next order.
      if (!want.answered && covers(filter, want)) answer(device, want, waiting.includes(want) ? tail : 0);
    }
    this.#tellLoss(device);
    const early = this.#early;
    this.#early = early.filter(([, payload]) => payload.device_entity_id !== entityId);
    for (const [name, payload] of early) if (payload.device_entity_id === entityId) this.route(name, payload);
  }

  /** Only now: history fetched before the subscription was made again would leave a hole between the two. */
  #tellLoss(device) {
    const gap = { device_id: device.id, device_entity_id: device.entityId, missed: 0, from: null, to: null };
    if (device.lost) this.#deliver("gap", gap, [device]);
    device.lost = false;
  }

  async #unsubscribe(device) {
    if (device.entityId !== null) this.#left.set(device.entityId, Date.now());
    const { sent } = device;
    device.sent = null; // at once: who wants the device from now on has to wait for the next order
    try {
      await this.#post("unsubscribe", device.id, {});
    } catch (failure) {
      if (failure.status === 404) return; // it is gone already
      device.sent = sent;
      throw failure;
    }
  }

  async #post(verb, deviceId, more) {
    const response = await fetch(`/api/device-logs/${verb}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ request_id: this.#link.requestId, device_id: deviceId, ...more }),
      cache: "no-store",
      signal: AbortSignal.timeout(LONGEST_ANSWER),
    });
    if (!response.ok) throw await Refusal.of(response);
    return response.json();
  }

  #failed(device, failure) {
    const status = failure instanceof Refusal ? failure.status : 0;
    if (status === 401) this.#link.close("signed-out", failure.message);
    else if (status === 403 && device.unbound++ < 3) this.#link.reopen();
    else if (status >= 400 && status < 500 && status !== 408) refuse(device, failure);
    else {
      const most = Math.min(LONGEST_WAIT, 1000 * 2 ** Math.min(device.tries++, 16));
      return Math.max(failure.retryAfter ?? 0, Math.random() * most);
    }
    return 0;
  }

  /** A few requests at a time: a thousand devices are no reason for a thousand requests at once. */
  async #inTurn(act) {
    while (this.#asking >= AT_ONCE) await new Promise((next) => this.#waiting.push(next));
    return act().finally(() => this.#waiting.shift()?.());
  }
}

/** Whether the server, with that filter, sends all that is wanted. */
function covers(sent, want) {
  return sent === NO_FILTER || sent === JSON.stringify(want.filter);
}

function answer(device, want, tail) {
  want.answered = true;
  want.tab.tell({ type: "subscribed", key: want.key, entityId: device.entityId, tail });
}

function refuse(device, { message, status }) {
  for (const want of device.wants.values()) want.tab.tell({ type: "refused", key: want.key, error: { message, status } });
  device.wants.clear();
  device.sent = null;
}

function pause(milliseconds) {
  return milliseconds > 0 ? new Promise((resolve) => setTimeout(resolve, milliseconds)) : null;
}
