// Owns what the server is told to send: one subscription for each log that any tab follows, and who gets what comes.
import { Directory } from "./directory.js";
import { Followed } from "./followed.js";
import { Refusal } from "./sse.js";

const AT_ONCE = 4;
const MOST_EARLY = 2000;
const LOOK_UP_EVERY = 5000;
/** So long after letting go of an entity its last events may still arrive. */
const STRAGGLING = 20_000;
const LONGEST_WAIT = 30_000;
const LONGEST_ANSWER = 20_000;
const ASK_AGAIN = "to be asked again";

/** The logs that are followed; the server's side of them is brought to what the tabs want while the link is live. */
export class Subscriptions {
  /** @type {Map<import("./followed.js").Target, Followed>} */
  #all = new Map();
  #link;
  #asking = 0;
  #waiting = [];
  /** Events of entities that we do not know yet: an answer, of a subscription or of the registry, may name them. */
  #early = [];
  /** Entities that were let go of, and when. */
  #left = new Map();
  #lookedUpAt = Number.NEGATIVE_INFINITY;
  #directory = new Directory();
  #reading = false;

  /** @param {import("./link.js").Link} link */
  constructor(link) {
    this.#link = link;
  }

  want(tab, { key, target, filter, tail }) {
    const log = this.#all.get(target) ?? new Followed(target);
    this.#all.set(target, log);
    const name = `${tab.id}:${key}`;
    const answered = log.wants.get(name)?.answered ?? false;
    const want = { tab, key, filter: filter ?? null, tail: tail ?? 0, answered };
    log.wants.set(name, want);
    if (!answered && Followed.covers(log.sent, want)) log.answer(want, 0);
    this.#settle(log);
  }

  letGo(tab, { key, target }) {
    const log = this.#all.get(target);
    if (log?.wants.delete(`${tab.id}:${key}`)) this.#settle(log);
  }

  /** Lets go of all that a tab wanted. */
  leave(tab) {
    for (const log of this.#all.values()) {
      for (const [name, want] of log.wants) if (want.tab === tab) log.wants.delete(name);
      this.#settle(log);
    }
  }

  /** Forgets everything, without a word to the server: the stream is gone. */
  clear() {
    this.#all.clear();
    this.#early = [];
  }

  /**
   * What the server has forgotten is subscribed again, after the last event; what nobody wants any more is let go of.
   *
   * @param {{resumed: boolean, subscriptions: number[]}} payload
   * @param {string} last the id of the last event of the stream before, "" when there is none
   */
  resume({ resumed, subscriptions }, last) {
    for (const id of subscriptions) {
      const log = this.#all.get(id) ?? new Followed(id);
      this.#all.set(id, log);
      log.sent ??= ASK_AGAIN; // the order was carried out, and its answer was lost
      log.after = null;
    }
    for (const log of this.#all.values()) {
      const stands = log.wide ? resumed : subscriptions.includes(log.target);
      if (log.sent !== null && !stands) {
        log.sent = null;
        if (last) log.after ??= last;
        else log.lost = true;
      }
      this.#settle(log);
    }
  }

  /** Brings an event to the tabs that follow its log. */
  route(name, payload) {
    const entityId = payload.device_entity_id;
    if (entityId === null) return this.#toWide(name, payload);
    const mixed = this.#isMixed();
    if (mixed && !this.#directory.knows(entityId)) return this.#hold(name, payload);
    if (mixed && this.#directory.isOld) this.#read();
    const logs = this.#of(entityId);
    if (logs.length > 0) this.#deliver(name, payload, logs);
    else if (Date.now() - (this.#left.get(entityId) ?? 0) > STRAGGLING) {
      this.#left.delete(entityId);
      this.#hold(name, payload);
    }
  }

  /** A gap that names no device is one of the fleet, of a model, or of whatever is followed. */
  #toWide(name, payload) {
    const logs = [...this.#all.values()];
    const wide = logs.filter((log) => log.wide);
    this.#deliver(name, payload, wide.length > 0 ? wide : logs);
  }

  /** Whether an entity id alone does not say of which of the logs a line is. */
  #isMixed() {
    const wide = [...this.#all.values()].filter((log) => log.wide);
    return wide.some((log) => log.model !== null) || (wide.length > 0 && wide.length < this.#all.size);
  }

  #of(entityId) {
    return [...this.#all.values()].filter((log) => log.receives && this.#isOf(log, entityId));
  }

  #isOf(log, entityId) {
    if (!log.wide) return log.entityId === entityId;
    return log.isFleet || this.#directory.isOfModel(entityId, log.model);
  }

  #deliver(name, payload, logs) {
    const targets = logs.map((log) => log.target);
    const tabs = new Set(logs.flatMap((log) => [...log.wants.values()].map((want) => want.tab)));
    for (const tab of tabs) tab.tell({ type: "event", name, payload, targets });
  }

  #hold(name, payload) {
    this.#early.push([name, payload]);
    if (this.#early.length > MOST_EARLY) this.#forgetEarly();
    this.#isMixed() ? this.#read() : this.#lookUp();
  }

  /** Whoever waits for an answer is told that something may be missing. */
  #forgetEarly() {
    this.#early = [];
    for (const log of this.#all.values()) {
      if (log.wide) this.#deliver("gap", log.gap, [log]);
      else log.lost ||= !log.settled;
    }
  }

  /** Asks the registry whose entities these are, and routes what waited for that. */
  async #read() {
    if (this.#reading) return;
    this.#reading = true;
    const held = this.#early.length;
    await this.#directory.read().catch(() => {}); // asked again with the next event
    this.#reading = false;
    for (const log of this.#all.values()) {
      const entityId = log.wide ? undefined : this.#directory.entityIdOf(Number(log.target));
      if (entityId && log.entityId) log.entityId = entityId; // it has got a new one
    }
    const early = this.#early;
    this.#early = [];
    early.forEach(([name, payload], i) => {
      const logs = i < held || this.#directory.knows(payload.device_entity_id) ? this.#of(payload.device_entity_id) : null;
      if (logs === null) this.#hold(name, payload);
      else if (logs.length > 0) this.#deliver(name, payload, logs);
    });
  }

  /** Nobody is being asked, and events come of an entity that no device of ours has: one has got a new entity id. */
  #lookUp() {
    if (this.#asking > 0) return;
    if (Date.now() - this.#lookedUpAt > LOOK_UP_EVERY) {
      this.#lookedUpAt = Date.now();
      for (const log of this.#all.values()) {
        if (log.sent !== null) log.sent = ASK_AGAIN;
        this.#settle(log);
      }
    }
    if (this.#asking === 0) this.#early = [];
  }

  /** Brings the server's side of a log to what is wanted, one order after the other. */
  async #settle(log) {
    if (log.wants.size === 0) log.after = null; // nobody misses anything
    if (log.settling) return;
    log.settling = true;
    while (this.#isDue(log)) await this.#inTurn(() => this.#order(log)).then(pause);
    log.settling = false;
    if (log.wants.size === 0 && log.sent === null && this.#all.get(log.target) === log) this.#all.delete(log.target);
  }

  #isDue(log) {
    return this.#link.live && this.#all.get(log.target) === log && !log.settled;
  }

  /** Answers how long to wait before the next try. */
  async #order(log) {
    if (!this.#isDue(log)) return 0;
    this.#asking++;
    try {
      await (log.wants.size === 0 ? this.#unsubscribe(log) : this.#subscribe(log));
      log.unbound = 0;
      log.tries = 0;
      return 0;
    } catch (failure) {
      return this.#failed(log, failure);
    } finally {
      this.#asking--;
      if (this.#early.length > 0 && !this.#isMixed()) this.#lookUp();
    }
  }

  async #subscribe(log) {
    const { filter, after } = log;
    const waiting = [...log.wants.values()].filter((want) => !want.answered);
    const tail = after === null && this.#isNew(log, waiting) ? Math.max(0, ...waiting.map((want) => want.tail)) : 0;
    const { device_entity_id: entityId } = await this.#post("subscribe", log, {
      ...Followed.filterOf(filter),
      ...(after === null ? {} : { after }),
      ...(tail > 0 ? { tail } : {}),
    });
    log.sent = filter;
    log.after = null;
    log.entityId = entityId;
    this.#left.delete(entityId);
    for (const want of log.wants.values()) {
      // Who came meanwhile got no tail; who wants what this filter keeps out waits for the next order.
      if (!want.answered && Followed.covers(filter, want)) log.answer(want, waiting.includes(want) ? tail : 0);
    }
    this.#tellLoss(log);
    this.#routeEarly(log);
  }

  /** A tail is for a subscription that shares no line with another: whoever is there would see its lines twice. */
  #isNew(log, waiting) {
    const apart = [...this.#all.values()].every((other) => other === log || !(log.wide || other.wide));
    return log.sent === null && waiting.length === log.wants.size && apart;
  }

  #routeEarly(log) {
    const early = this.#early;
    const isOurs = ([, payload]) => this.#isOf(log, payload.device_entity_id);
    this.#early = early.filter((event) => !isOurs(event));
    for (const [name, payload] of early.filter(isOurs)) this.route(name, payload);
  }

  /** Only now: history fetched before the subscription was made again would leave a hole between the two. */
  #tellLoss(log) {
    if (log.lost) this.#deliver("gap", log.gap, [log]);
    log.lost = false;
  }

  async #unsubscribe(log) {
    if (log.entityId !== null) this.#left.set(log.entityId, Date.now());
    const { sent } = log;
    log.sent = null; // at once: who wants the log from now on has to wait for the next order
    try {
      await this.#post("unsubscribe", log, {});
    } catch (failure) {
      if (failure.status === 404) return; // it is gone already
      log.sent = sent;
      throw failure;
    }
  }

  async #post(verb, log, more) {
    const response = await fetch(`/api/device-logs/${verb}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ request_id: this.#link.requestId, ...log.name, ...more }),
      cache: "no-store",
      signal: AbortSignal.timeout(LONGEST_ANSWER),
    });
    if (!response.ok) throw await Refusal.of(response);
    return response.json();
  }

  #failed(log, failure) {
    const status = failure instanceof Refusal ? failure.status : 0;
    if (status === 401) this.#link.close("signed-out", failure.message);
    else if (status === 403 && log.unbound++ < 3) this.#link.reopen();
    else if (status >= 400 && status < 500 && status !== 408) log.refuse(failure);
    else {
      const most = Math.min(LONGEST_WAIT, 1000 * 2 ** Math.min(log.tries++, 16));
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

function pause(milliseconds) {
  return milliseconds > 0 ? new Promise((resolve) => setTimeout(resolve, milliseconds)) : null;
}
