// Owns the one event stream of this page: its connection, its honest state and its subscriptions.
import { get, post } from "./api.js";

const LONGEST_WAIT = 30_000;
const REASONS = {
  logout: "You have signed out.",
  "token-expired": "The login is being renewed.",
  replaced: "Another page took this stream over.",
  "too-slow": "This page could not keep up.",
  shutdown: "The server is restarting.",
};

/**
 * States: `connecting`, `live`, `reconnecting`, `offline`, `ended`. Handlers: state(name, why), logs(entityId, lines),
 * gap(payload), nudge(), back({resumed, subscriptions}) after a lost connection, and signedOut().
 */
export class Stream {
  #handlers;
  #requestId = randomId();
  #source = null;
  #ready = promise();
  #opened = false;
  #ended = false;
  #lastEventId = "";
  #why = "";
  #attempts = 0;
  #timer = 0;
  #orders = Promise.resolve();

  constructor(handlers) {
    this.#handlers = handlers;
    window.addEventListener("online", () => this.#reopen());
    window.addEventListener("offline", () => this.#lost());
  }

  open() {
    const query = new URLSearchParams({ request_id: this.#requestId });
    // A new EventSource forgets the last id that the old one has seen.
    if (this.#lastEventId) query.set("last_event_id", this.#lastEventId);
    const source = (this.#source = new EventSource(`/api/sse/stream?${query}`));
    for (const name of ["ready", "device-logs", "rotation-updated", "gap", "connection_close"]) {
      source.addEventListener(name, (event) => this.#take(name, event, JSON.parse(event.data)));
    }
    source.addEventListener("message", (event) => {
      const envelope = JSON.parse(event.data);
      this.#take(envelope.type, event, envelope.payload);
    });
    source.addEventListener("error", () => this.#lost());
  }

  close() {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#handlers.state("ended", this.#why);
  }

  /** Follows a device as soon as the stream is there; answers its entity id. */
  async subscribe(deviceId, signal) {
    try {
      return await this.#order("subscribe", deviceId, signal);
    } catch (failure) {
      if (failure.status !== 403) throw failure;
      // The server has forgotten this stream before the browser noticed: a fresh one is known again. To this order
      // it is like the first one, so nobody is told that it is back.
      this.#opened = false;
      this.#reopen(true);
      return this.#order("subscribe", deviceId, signal);
    }
  }

  /** Lets go of a device; whatever the answer is, the page has already stopped looking. */
  unsubscribe(deviceId) {
    if (!this.#ended) this.#order("unsubscribe", deviceId).catch(() => {});
  }

  /** One order after the other, so that leaving a device and coming back cannot overtake each other. */
  #order(verb, deviceId, signal) {
    const order = this.#orders.then(async () => {
      await this.#ready.done;
      signal?.throwIfAborted();
      return post(`/api/device-logs/${verb}`, { request_id: this.#requestId, device_id: deviceId });
    });
    this.#orders = order.catch(() => {});
    return order;
  }

  #take(name, event, payload) {
    if (event.lastEventId) this.#lastEventId = event.lastEventId;
    if (name === "ready") this.#greet(payload);
    else if (name === "device-logs") this.#handlers.logs(payload.device_entity_id, payload.logs);
    else if (name === "rotation-updated") this.#handlers.nudge();
    else if (name === "gap") this.#handlers.gap(payload);
    else if (name === "connection_close") this.#hangUp(payload.reason);
  }

  #greet(payload) {
    const back = this.#opened;
    this.#opened = true;
    this.#attempts = 0;
    this.#why = "";
    this.#ready.resolve();
    this.#handlers.state("live", "");
    if (back) this.#handlers.back(payload);
  }

  #hangUp(reason) {
    this.#why = REASONS[reason] ?? "";
    if (reason === "logout") {
      this.close();
      this.#handlers.signedOut();
    }
  }

  #lost() {
    if (this.#ended || this.#source?.readyState === EventSource.OPEN) return;
    if (this.#ready.resolved) this.#ready = promise();
    const refused = this.#source.readyState === EventSource.CLOSED;
    const offline = refused || !navigator.onLine;
    this.#handlers.state(offline ? "offline" : this.#opened ? "reconnecting" : "connecting", this.#why);
    // The browser tries again by itself after a lost connection, but never after a refusal.
    if (refused) this.#askWhy();
  }

  async #askWhy() {
    clearTimeout(this.#timer);
    const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** this.#attempts++) * (0.5 + Math.random() / 2);
    this.#timer = setTimeout(() => this.#reopen(), wait);
    try {
      await get("/api/auth/self"); // a 401 here ends the session for the whole page
    } catch (failure) {
      this.#why = failure.message;
      if (!this.#ended) this.#handlers.state("offline", this.#why);
    }
  }

  #reopen(evenIfOpen = false) {
    if (this.#ended || !this.#source) return;
    if (!evenIfOpen && this.#source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.#timer);
    this.#source.close();
    if (this.#ready.resolved) this.#ready = promise();
    this.#handlers.state("reconnecting", this.#why);
    this.open();
  }
}

/** A promise that others may wait for, and that knows whether it is done. */
function promise() {
  const made = { resolved: false };
  made.done = new Promise((resolve) => {
    made.resolve = () => {
      made.resolved = true;
      resolve();
    };
  });
  return made;
}

/** crypto.randomUUID is missing on plain http, getRandomValues is not. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
