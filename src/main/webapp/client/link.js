// Owns the one connection to the server: when it is opened, given up and opened again, and its honest state.
import { Refusal, readStream } from "./sse.js";

const LONGEST_WAIT = 30_000;
/** The server answers at once. After a network hung, the browser's idle connections are dead too, one for each try. */
const FIRST_ANSWER = 10_000;
/** So many heartbeats may be missing before a stream counts as dead. */
const PATIENCE = 2.5;
/** A stream that lived for less has not been worth the name: the waits go on growing. */
const SETTLED = 1000;
const LOOK = 500;
/** When something came in each of so many seconds, a silence of some seconds is looked into. */
const DENSE = 10;
const SILENCE = 6000;
/** So soon an open stream answers. */
const SOON = 2000;
const SILENT = "The stream was open, but nothing came over it any more.";
const REASONS = {
  logout: "You have signed out.",
  "token-expired": "The login is being renewed.",
  replaced: "Somebody else has opened this stream.",
  "too-slow": "This browser could not keep up.",
  shutdown: "The server is restarting.",
};

/**
 * @typedef {"connecting" | "live" | "reconnecting" | "stale" | "signed-out" | "closed"} StateName
 *
 * `connecting`: never been live yet. `stale`: the line is open and dead (nothing came for 2.5 heartbeats), another is
 * being opened. `signed-out`: the server does not know us any more; nothing happens until somebody opens again.
 * `closed`: by us, because another has really taken the stream over, or because this module could not be loaded.
 *
 * @typedef {object} State
 * @property {StateName} state
 * @property {number} since milliseconds of this clock: since when it is so; for `reconnecting` and `stale`, since when
 *   nothing arrives
 * @property {number | null} nextTryAt when the next try is due; null while one is under way or none will be made
 * @property {boolean} resumed whether the stream went on exactly where it was lost
 * @property {string} why a sentence for people, often empty
 */

/** Opens, watches and reopens the stream; it knows nothing of devices. */
export class Link {
  /** @type {string} */
  requestId = randomId();
  /** @type {State} */
  state = { state: "closed", since: Date.now(), nextTryAt: null, resumed: false, why: "" };
  #events;
  #changed;
  #expected = 15_000;
  #heartbeat = 15_000;
  /** @type {AbortController | null} */
  #attempt = null;
  #timer = 0;
  #watch = 0;
  #attempts = 0;
  #retry = 2000;
  #lastEventId = "";
  #heardAt = 0;
  /** Grows while streams die unheard: perhaps the server's interval is longer than we think. */
  #patience = PATIENCE;
  /** For how many seconds in a row something has come, and the last one of them. */
  #dense = 0;
  #second = 0;
  /** The silence after dense lines that is looked into; grows each time that it was nothing. */
  #silence = SILENCE;
  #silentSince = 0;
  #notBefore = 0;
  #reason = "";
  #replacedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param {(name: string, payload: any, last: string) => void} events `ready`, `device-logs`, `gap`, `rotation-updated`;
   *   `last` is the id of the event before it, "" when there is none
   * @param {(state: State) => void} changed
   */
  constructor(events, changed) {
    this.#events = events;
    this.#changed = changed;
  }

  /** How often the server says something even if there is nothing to say. */
  expectHeartbeat(milliseconds) {
    if (milliseconds === this.#expected) return; // what we have learned meanwhile is better
    this.#expected = milliseconds;
    this.#heartbeat = milliseconds;
  }

  get live() {
    return this.state.state === "live";
  }

  /** Opens the stream, unless it is open or will be. */
  open() {
    if (["live", "connecting", "reconnecting", "stale"].includes(this.state.state)) return;
    this.#attempts = 0;
    this.#show("connecting", { since: Date.now() });
    this.#try();
  }

  /** Does now what waits for its time: the network is back, or somebody looks. */
  wake() {
    if (this.#timer && Date.now() >= this.#notBefore) this.#try();
  }

  /** Somebody has let go of something: that less comes from now on means nothing. */
  expectLess() {
    this.#dense = 0;
  }

  /** Opens the stream again although it looks alive: the server has said that it does not know it. */
  reopen() {
    if (!this.live) return;
    this.#lost("The server has forgotten this stream.");
    this.#try();
  }

  /** Lets go of the stream for good; `open` starts anew. */
  close(state = /** @type {StateName} */ ("closed"), why = "") {
    this.#drop();
    this.#lastEventId = "";
    this.requestId = randomId(); // a session that waits would go on as if nothing had been missed
    this.#show(state, { why, since: Date.now() });
  }

  async #try() {
    this.#drop();
    const attempt = (this.#attempt = new AbortController());
    this.#reason = "";
    this.#heardAt = 0;
    const startedAt = Date.now();
    this.#watch = setInterval(() => this.#look(startedAt), LOOK);
    this.#show(this.state.state, {});
    /** @type {unknown} */
    let failure = null;
    try {
      await readStream(this.#address(), attempt.signal, this.#reader(attempt));
    } catch (cause) {
      failure = cause;
    }
    if (this.#attempt === attempt) this.#ended(failure);
  }

  #address() {
    const query = new URLSearchParams({ request_id: this.requestId, format: "named" });
    if (this.#lastEventId) query.set("last_event_id", this.#lastEventId);
    return `/api/sse/stream?${query}`;
  }

  /** What an abandoned attempt still reads is not ours any more. */
  #reader(attempt) {
    const ifOurs = (act) => (...values) => {
      if (this.#attempt === attempt) act(...values);
    };
    return {
      bytes: ifOurs(() => this.#heard()),
      event: ifOurs((name, data) => this.#take(name, JSON.parse(data))),
      id: ifOurs((id) => (this.#lastEventId = id)),
      retry: ifOurs((milliseconds) => (this.#retry = milliseconds)),
    };
  }

  #heard() {
    const now = Date.now();
    const patience = PATIENCE * this.#heartbeat;
    if (this.live && now - this.state.since > patience) {
      // A server may be set to longer intervals than we were told: what it was silent for and then spoke teaches us.
      const silence = now - this.#heardAt;
      if (silence > patience && silence <= this.#patience * this.#heartbeat) this.#heartbeat = silence;
      this.#patience = PATIENCE;
    }
    this.#heardAt = now;
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#dense = second - this.#second <= 2 ? this.#dense + 1 : 1;
    this.#second = second;
  }

  #take(name, payload) {
    if (name === "connection_close") this.#reason = payload.reason;
    else if (name === "ready") {
      this.#show("live", { since: Date.now(), resumed: payload.resumed });
      this.#events(name, payload, this.#lastEventId);
    } else this.#events(name, payload, this.#lastEventId);
  }

  /** Timers do not run while a machine sleeps, so this compares clocks instead of counting. */
  #look(startedAt) {
    const now = Date.now();
    if (!this.#heardAt) {
      if (this.live && now - startedAt > SOON) this.#show("stale", { since: this.#silentSince, why: SILENT });
      if (now - startedAt > Math.min(FIRST_ANSWER, PATIENCE * this.#heartbeat)) this.#ended(new Error("no answer"));
      return;
    }
    if (this.live && this.#dense >= DENSE && now - this.#heardAt > this.#silence) return this.#doubt();
    if (now - this.#heardAt <= this.#heartbeat * this.#patience) return;
    this.#patience = Math.min(2 * this.#patience, 10);
    const since = this.live ? this.#heardAt : this.state.since;
    this.#show("stale", { since, why: SILENT });
    this.#try();
  }

  /** Perhaps there are no more lines, perhaps the line is dead: another stream, which goes on where this one is, tells. */
  #doubt() {
    this.#dense = 0;
    this.#silence = Math.min(2 * this.#silence, PATIENCE * this.#heartbeat);
    this.#silentSince = this.#heardAt;
    this.#try();
  }

  /** The stream, or the try to open one, is over; it was not us who ended it. */
  #ended(failure) {
    const now = Date.now();
    const reason = this.#reason;
    const refused = failure instanceof Refusal ? failure : null;
    if (refused?.status === 401) return this.close("signed-out", refused.message);
    if (reason === "logout") return this.close("signed-out", REASONS.logout);
    if (reason === "replaced") {
      // The first time it may be our own request, repeated by a proxy. Twice is somebody who wants to keep it.
      if (now - this.#replacedAt < 60_000) {
        this.requestId = randomId();
        return this.close("closed", REASONS.replaced);
      }
      this.#replacedAt = now;
    }
    if (this.live && now - this.state.since >= SETTLED) this.#attempts = 0;
    const why = REASONS[reason] ?? refused?.message ?? (this.live || !failure ? "The connection was lost." : "The server cannot be reached.");
    this.#drop();
    this.#notBefore = now + (refused?.retryAfter ?? 0);
    this.#lost(why, now + this.#wait(reason, refused));
    this.#timer = setTimeout(() => this.#try(), this.state.nextTryAt - now);
  }

  /** Exponential with full jitter, so that the viewers of a restarted server do not come back all at once. */
  #wait(reason, refused) {
    if (reason === "token-expired" && this.#attempts === 0) {
      this.#attempts++;
      return Math.random() * 250; // nothing is wrong: the same login opens the next stream
    }
    const most = Math.min(LONGEST_WAIT, this.#retry * 2 ** Math.min(this.#attempts++, 16));
    return (refused?.retryAfter ?? 0) + Math.random() * most;
  }

  #lost(why, nextTryAt = null) {
    const lastAt = this.#heardAt ? Date.now() : this.#silentSince;
    const since = this.live ? lastAt : this.state.since;
    this.#silence = SILENCE;
    this.#show(this.state.state === "connecting" ? "connecting" : "reconnecting", { since, why, nextTryAt });
  }

  #drop() {
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    this.#timer = 0;
    const attempt = this.#attempt;
    this.#attempt = null;
    attempt?.abort();
  }

  /** @param {StateName} state */
  #show(state, { since = this.state.since, nextTryAt = null, resumed = false, why = this.state.why }) {
    this.state = { state, since, nextTryAt, resumed, why: state === "live" ? "" : why };
    this.#changed(this.state);
  }
}

/** crypto.randomUUID is missing on plain http, getRandomValues is not. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
