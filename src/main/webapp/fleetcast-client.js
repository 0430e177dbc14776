/**
 * Live log lines of devices, in any page of the origin that serves Fleetcast. No dependencies, no build step.
 *
 *     import { FleetcastClient } from "/fleetcast-client.js";
 *
 *     const fleet = new FleetcastClient();
 *     fleet.addEventListener("state", ({ detail }) => show(detail.state, detail.nextTryAt));
 *     const following = fleet.subscribe(7, { filter: { level: "W" }, tail: 100 }, (event) => {
 *       if (event.type === "lines") event.lines.forEach((line) => print(line["@timestamp"], line.message));
 *       else if (event.type === "gap") mark(event.gap); // history has what is missing
 *       else alert(event.error.message); // refused
 *     });
 *     following.unsubscribe();
 *
 * In place of a device id, `"fleet"` follows all devices and `{ model: 3 }` those of a model, now and later: each line
 * names its device by `entity_id`.
 *
 * **One stream for all tabs.** A shared worker (`client/worker.js`, a module) holds the stream of the browser, under a
 * random `request_id` of its own. Where there is no such worker, or it fails, each tab has its own, by `client/hub.js`:
 * a proxy has to let `/client/*` through beside this file. Without either the state is `closed`. Subscriptions are
 * counted over all tabs: a log is followed once, for as long as anybody follows it. A tab that closes lets go of
 * its own; one that crashes does so too, because its Web Lock falls free, or, on plain http where there are no locks,
 * because it answers no more.
 *
 * **It goes on by itself.** A lost line, a dead one (nothing came for 2.5 heartbeats), an expired token and a restarted
 * server lead to another try: exponential backoff with full jitter, from the `retry` that the server names up to 30 s;
 * Retry-After is kept to. The stream is resumed after the last event id. A 401 and a logout end it: `signed-out`.
 *
 * If the server has forgotten the stream, since it was started again or was not to be reached for longer than it
 * remembers, the subscriptions are made again after the last event: no line is missing or comes twice.
 *
 * **Gaps.** What the server could not give us it tells as `gap`: `{device_id, device_entity_id, missed, from, to}`, the
 * first two null for the fleet and for a model. Where nobody knows the last event (a page that was asleep, a login that
 * was over), the client tells a gap of its own: `missed` 0, `from` and `to` null, "something may be missing between the
 * last line and now". It is told when the new subscription stands, so history fetched then joins without a hole.
 *
 * **Filters.** The server has one filter for a stream and a log. Subscriptions that want the same one share it; as
 * soon as they differ, the log is subscribed without a filter, and each is filtered here, by the server's rule. Where
 * a device is followed beside the fleet or its model, each subscription gets the lines of its own.
 * `subscribed` is told when the server sends all that this one lets through: history fetched from then on joins to it.
 *
 * **Tail.** The server joins it to the live lines if the subscription is new to the stream. If its lines are followed
 * already, the client takes the tail from history (its newest 1,000 lines at most) and joins it by id.
 *
 * The origin's Content-Security-Policy must let it connect and run its worker: `connect-src 'self'; worker-src 'self'`.
 *
 * @module
 */

/** Changes with the messages between tabs and worker: after an update old and new tabs never share a worker. */
const PROTOCOL = 2;
const WORKER_PATIENCE = 10_000;
/** What waits for the tail waits no longer. */
const LONGEST_ANSWER = 20_000;
const LEVELS = "EWIDV";
const FLEET = "fleet";
const CLOSED = { state: "closed", nextTryAt: null, resumed: false, why: "" };

/**
 * @typedef {object} Filter
 * @property {string} [level] this level or a worse one, in the order E, W, I, D, V; a line without a known one counts as I
 * @property {string} [contains] text that the message must contain, in whatever case
 * @property {string[]} [field] each `name:value`, as the server's parameter of that name: of each name one of its values
 * @property {string[]} [without_field] which the line has none of
 *
 * @typedef {{id: string, "@timestamp": string, message: string, level?: string, [field: string]: unknown}} Line
 *
 * @typedef {object} Gap
 * @property {number | null} device_id null for the fleet and for a model
 * @property {string | null} device_entity_id
 * @property {number} missed 0 when nobody knows
 * @property {string | null} from the time of the first missing line; null: after the last line that came
 * @property {string | null} to null: until now
 *
 * @typedef {{type: "subscribed", entityId: string | null} | {type: "lines", lines: Line[]} | {type: "gap", gap: Gap} |
 *   {type: "refused", error: {message: string, status: number}}} DeviceEvent
 */

/**
 * The fleet as this page sees it.
 *
 * Events, each with a `detail`:
 * - `state`: `{state, since, nextTryAt, resumed, why}`; state is `connecting`, `live`, `reconnecting`, `stale`,
 *   `signed-out` or `closed`; `since` and `nextTryAt` (or null) are milliseconds of this machine's clock
 * - `ready`: `{request_id, resumed, subscriptions}`, whenever a stream has been opened
 * - `nudge`: the rotation has changed: look again
 * - `gap`: every gap, also those told to subscriptions
 */
export class FleetcastClient extends EventTarget {
  /** @type {import("./client/link.js").State} */
  state = { state: "connecting", since: Date.now(), nextTryAt: null, resumed: false, why: "" };
  /** Whether the stream is shared with the other tabs; null as long as the worker has not answered. */
  /** @type {boolean | null} */
  shared = null;
  #heartbeat;
  #port = /** @type {MessagePort | null} */ (null);
  #subscriptions = /** @type {Map<number, Subscription>} */ (new Map());
  #keys = 0;
  #greeted = false;
  #release = () => {};
  #over = new AbortController();

  /**
   * Opens the stream, or takes part in the one that another tab has opened.
   *
   * @param {object} [options]
   * @param {number} [options.heartbeatSeconds] the server's SSE_HEARTBEAT_INTERVAL
   * @param {boolean} [options.shared] false: a stream of this page's own
   */
  constructor({ heartbeatSeconds = 15, shared = true } = {}) {
    super();
    this.#heartbeat = heartbeatSeconds * 1000;
    const { signal } = this.#over;
    addEventListener("online", () => this.wake(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.wake(), { signal });
    addEventListener("pagehide", () => this.#goodbye(), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.#hello(true), { signal });
    if (!shared || !this.#openShared()) this.#openOwn();
  }

  /**
   * Follows a device, the devices of a model, or all.
   *
   * @param {number | "fleet" | {model: number}} which a device by its id, or many
   * @param {{filter?: Filter, tail?: number}} options `tail`: so many stored lines first, at most 1000
   * @param {(event: DeviceEvent) => void} callback
   * @returns {Subscription}
   */
  subscribe(which, options, callback) {
    const key = ++this.#keys;
    const target = typeof which === "object" ? `model ${which.model}` : which;
    const subscription = new Subscription(target, options, callback, {
      order: (type, more) => this.#send({ type, key, target, ...more }),
      done: () => this.#subscriptions.delete(key),
    });
    this.#subscriptions.set(key, subscription);
    subscription.begin();
    return subscription;
  }

  /** Makes a try that is due later now. It is done by itself when the network is back or the page is looked at. */
  wake() {
    this.#send({ type: "wake" });
  }

  /** Lets go of the stream and of all subscriptions of this page; the other tabs keep theirs. */
  close() {
    this.#over.abort();
    this.#goodbye();
    this.#port?.close();
    this.#port = null;
    this.#subscriptions.clear();
    this.#show({ ...CLOSED, since: Date.now() });
  }

  #openShared() {
    if (!("SharedWorker" in globalThis)) return false;
    let worker;
    try {
      const url = new URL("./client/worker.js", import.meta.url);
      worker = new SharedWorker(url, { type: "module", name: `fleetcast-${PROTOCOL}` });
    } catch {
      return false; // forbidden here: by policy, or in a sandbox
    }
    const fail = () => {
      if (this.shared !== null || this.#over.signal.aborted) return;
      this.#goodbye(); // in case it is only slow
      this.#port?.close();
      this.#openOwn();
    };
    worker.addEventListener("error", fail);
    setTimeout(fail, WORKER_PATIENCE);
    this.#use(worker.port, true);
    return true;
  }

  async #openOwn() {
    const loaded = await import("./client/hub.js").catch(() => null);
    if (this.#over.signal.aborted) return;
    if (!loaded) return this.#show({ ...CLOSED, since: Date.now(), why: "A part of this page is missing. Load it again." });
    const { port1, port2 } = new MessageChannel();
    new loaded.Hub().accept(port2);
    this.#use(port1, false);
  }

  #use(port, shared) {
    this.#port = port;
    port.onmessage = ({ data }) => {
      this.shared = shared;
      this.#hear(data);
    };
    this.#hello(false);
  }

  /** Says who we are and what we follow; `again` when we were given up or put to sleep in between. */
  async #hello(again) {
    const port = this.#port;
    this.#greeted = false;
    const lock = await this.#lock();
    if (port !== this.#port) return;
    this.#greeted = true;
    this.#send({ type: "hello", lock, heartbeat: this.#heartbeat });
    for (const subscription of this.#subscriptions.values()) again ? subscription.again() : subscription.begin();
  }

  /** Holds a lock for as long as this page lives; answers its name. Plain http has no locks. */
  #lock() {
    this.#release();
    if (!navigator.locks) return null;
    const name = `fleetcast-tab-${Date.now()}-${Math.random()}`;
    return new Promise((held) => {
      navigator.locks
        .request(name, () => {
          held(name);
          return new Promise((release) => (this.#release = () => release(undefined)));
        })
        .catch(() => held(null)); // a sandboxed page may not
    });
  }

  #goodbye() {
    this.#send({ type: "bye" });
    this.#greeted = false;
    this.#release();
  }

  /** Before the hello nobody would know us; what is followed by then goes with it. */
  #send(message) {
    if (this.#greeted) this.#port?.postMessage(message);
  }

  #hear(message) {
    if (message.type === "state") this.#show(message.state);
    else if (message.type === "event") this.#event(message);
    else if (message.type === "subscribed") this.#subscriptions.get(message.key)?.accepted(message);
    else if (message.type === "refused") this.#subscriptions.get(message.key)?.refused(message.error);
    else if (message.type === "ping") this.#send({ type: "pong" });
    else if (message.type === "again" && this.#greeted) this.#hello(true);
  }

  #event({ name, payload, targets }) {
    if (name === "ready") this.#fire("ready", payload);
    else if (name === "rotation-updated") this.#fire("nudge", payload);
    else if (name === "gap") this.#fire("gap", payload);
    for (const subscription of [...this.#subscriptions.values()]) {
      if (!targets.includes(subscription.target)) continue;
      if (name === "device-logs") subscription.take(payload.logs);
      else if (name === "gap") subscription.gap(payload);
    }
  }

  #show(state) {
    this.state = state;
    this.#fire("state", state);
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** One page's interest in one device, in those of a model, or in all. */
export class Subscription {
  /** The id of the device, "fleet", or "model <id>". */
  /** @type {number | string} */
  target;
  /** The entity id of the device, as soon as the server has named it. */
  /** @type {string | null} */
  entityId = null;
  #callback;
  #hub;
  #filter;
  #tail;
  /** Lines that have to wait for the tail; null when there is nothing to wait for. */
  /** @type {Line[] | null} */
  #held = null;
  #lost = false;
  #open = true;
  #accepted = false;

  constructor(target, { filter, tail = 0 }, callback, hub) {
    this.target = target;
    this.#filter = filter ?? null;
    this.#tail = tail;
    this.#callback = callback;
    this.#hub = hub;
  }

  /** Lets through something else from now on; what was held back until now is in history. */
  filter(filter) {
    this.#filter = filter ?? null;
    this.#hub.order("subscribe", { filter: this.#filter, tail: 0 });
  }

  /** The id of the device; null for many. */
  get deviceId() {
    return typeof this.target === "number" ? this.target : null;
  }

  unsubscribe() {
    if (!this.#open) return;
    this.#open = false;
    this.#hub.order("unsubscribe", {});
    this.#hub.done();
  }

  /** @package */
  begin() {
    this.#hub.order("subscribe", { filter: this.#filter, tail: this.#tail });
  }

  /** @package */
  again() {
    this.#tail = 0;
    this.#lost = true;
    this.begin();
  }

  /** @package */
  accepted({ entityId, tail }) {
    const known = this.#accepted;
    this.#accepted = true;
    this.entityId = entityId;
    if (!known && this.#open) this.#callback({ type: "subscribed", entityId });
    if (this.#lost) this.#missing();
    if (this.#tail > tail) this.#fetchTail(this.#tail);
    this.#lost = false;
    this.#tail = 0;
  }

  #missing() {
    this.gap({ device_id: this.deviceId, device_entity_id: this.entityId, missed: 0, from: null, to: null });
  }

  /** @package */
  refused(error) {
    this.#open = false;
    this.#hub.done();
    this.#callback({ type: "refused", error });
  }

  /** @package */
  take(lines) {
    if (this.#held) this.#held.push(...lines);
    else this.#deliver(lines);
  }

  /** @package */
  gap(gap) {
    if (this.#open) this.#callback({ type: "gap", gap });
  }

  #deliver(lines) {
    const wanted = this.#filter ? lines.filter((line) => passes(line, this.#filter)) : lines;
    if (this.#open && wanted.length > 0) this.#callback({ type: "lines", lines: wanted });
  }

  /** Lines that come meanwhile wait; those that history has too are told once. */
  async #fetchTail(count) {
    this.#held = [];
    /** @type {Line[]} */
    let stored = [];
    try {
      stored = await newest(this.target, this.#filter);
    } catch {
      this.#missing();
    }
    const held = this.#held;
    this.#held = null;
    const seen = new Set(stored.map((line) => line.id));
    this.#deliver(stored.slice(-count));
    this.#deliver(held.filter((line) => !seen.has(line.id)));
  }
}

/** The server's rule for filters; streams are shared, and another page may want more of a device. */
function passes(line, { level, contains, field = [], without_field: withoutField = [] }) {
  if (level && LEVELS.indexOf(letterOf(line) || "I") > LEVELS.indexOf(level)) return false;
  if (contains && !folded(String(line.message ?? "")).includes(folded(contains))) return false;
  const wanted = field.map(readField);
  return (
    wanted.every(([name]) => wanted.some(([other, value]) => other === name && has(line, name, value))) &&
    !withoutField.map(readField).some(([name, value]) => has(line, name, value))
  );
}

/** Name and value of `name:value`, where a colon or backslash of the name has a backslash before it. */
function readField(text) {
  const [, name, value] = /^((?:[^\\:]|\\[^])+):([^]*)$/u.exec(text) ?? ["", "", ""];
  return [name.replaceAll(/\\([^])/gu, "$1"), value];
}

/** Whether a field has a value: by its own name, or by those on the way to it with dots between them. */
function has(object, name, value) {
  if (object === null || typeof object !== "object") return false;
  if (Array.isArray(object)) return object.some((element) => has(element, name, value));
  if (Object.hasOwn(object, name) && holds(object[name], value)) return true;
  for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
    const outer = name.slice(0, dot);
    if (Object.hasOwn(object, outer) && has(object[outer], name.slice(dot + 1), value)) return true;
  }
  return false;
}

/** Whether a value of a field is that text; a number may have been written in another way. */
function holds(held, value) {
  if (Array.isArray(held)) return held.some((element) => holds(element, value));
  if (typeof held === "number") return value.trim() !== "" && held === Number(value);
  return typeof held !== "object" || held === null ? String(held) === value : false;
}

/** What the server counts the level of a line as: E, W, I, D or V; "" when it has none that is known. */
export function letterOf({ level, severity_letter: letter = level }) {
  return typeof letter === "string" && letter.length === 1 && LEVELS.includes(letter) ? letter : "";
}

/** Without regard to case as the server has it: code point by code point, each for one. */
function folded(text) {
  return Array.from(text, (one) => {
    const upper = one.toUpperCase();
    const [lower] = ([...upper].length === 1 ? upper : one).toLowerCase();
    return lower;
  }).join("");
}

/** The newest lines of a log that pass, in the form of live ones. */
async function newest(target, filter) {
  const end = new Date(Date.now() + 86_400_000).toISOString(); // this clock may be behind the server's
  const parts = Object.entries({ end, ...filter }).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  const asked = new URLSearchParams(parts);
  const one = typeof target === "number";
  if (!one && target !== FLEET) asked.set("model_id", target.replace(/\D+/, ""));
  const address = `/api${one ? `/devices/${target}` : ""}/logs?${asked}`;
  const response = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(LONGEST_ANSWER) });
  if (!response.ok) throw new Error(`history answered ${response.status}`);
  return (await response.json()).logs.map(liveForm);
}

function liveForm({ timestamp, device_id: deviceId, device_entity_id: entityId, ...line }) {
  return { ...line, ...(entityId ? { entity_id: entityId } : {}), "@timestamp": timestamp };
}
