// Owns what all tabs of a browser share: the one link, and who of them is still there.
import { Link } from "./link.js";
import { Subscriptions } from "./subscriptions.js";

const LOOK_FOR_TABS = 20_000;
const SILENT_TAB = 70_000;

/** A tab: the port to it, and how we know that it lives. */
class Tab {
  static #count = 0;
  id = ++Tab.#count;
  heardAt = Date.now();
  /** While a tab holds its lock it is alive, whatever its timers do. */
  locked = false;

  constructor(port) {
    this.port = port;
  }

  tell(message) {
    this.port.postMessage(message);
  }
}

/**
 * Lives in the shared worker, or in the page where there is none. Tabs talk to it over message ports:
 *
 * from a tab: `hello {lock, heartbeat}`, `subscribe {key, target, filter, tail}`, `unsubscribe {key, target}`,
 * `wake`, `pong`, `bye`; to a tab: `state {state}`, `event {name, payload, targets}`,
 * `subscribed {key, entityId, tail}`, `refused {key, error}`, `ping`, `again`.
 */
export class Hub {
  /** @type {Map<MessagePort, Tab>} */
  #tabs = new Map();
  #link = new Link(
    (name, payload, last) => this.#take(name, payload, last),
    (state) => this.#tellAll({ type: "state", state }),
  );
  #subscriptions = new Subscriptions(this.#link);

  constructor() {
    setInterval(() => this.#lookForTabs(), LOOK_FOR_TABS);
  }

  /** Takes a tab's port into service. */
  accept(port) {
    port.onmessage = ({ data }) => this.#hear(port, data);
  }

  #hear(port, message) {
    if (message.type === "hello") return this.#welcome(port, message);
    const tab = this.#tabs.get(port);
    if (!tab) {
      // It was taken for dead, and was only asleep.
      if (message.type !== "bye") port.postMessage({ type: "again" });
      return;
    }
    tab.heardAt = Date.now();
    if (message.type === "subscribe") this.#subscriptions.want(tab, message);
    else if (message.type === "unsubscribe") {
      this.#link.expectLess();
      this.#subscriptions.letGo(tab, message);
    } else if (message.type === "wake") this.#link.wake();
    else if (message.type === "bye") this.#leave(tab);
  }

  #welcome(port, { lock, heartbeat }) {
    const tab = this.#tabs.get(port) ?? new Tab(port);
    this.#tabs.set(port, tab);
    this.#link.expectHeartbeat(heartbeat);
    if (lock && !tab.locked) this.#watch(tab, lock);
    this.#link.open();
    tab.tell({ type: "state", state: this.#link.state });
  }

  /** The lock is free as soon as the tab is gone, however it went. */
  #watch(tab, lock) {
    tab.locked = true;
    navigator.locks.request(lock, () => this.#leave(tab));
  }

  #lookForTabs() {
    const now = Date.now();
    for (const tab of [...this.#tabs.values()].filter((tab) => !tab.locked)) {
      if (now - tab.heardAt > SILENT_TAB) this.#leave(tab);
      else tab.tell({ type: "ping" });
    }
  }

  #leave(tab) {
    if (this.#tabs.get(tab.port) !== tab) return;
    this.#tabs.delete(tab.port);
    this.#subscriptions.leave(tab);
    if (this.#tabs.size > 0) return;
    this.#link.close();
    this.#subscriptions.clear();
  }

  #take(name, payload, last) {
    if (name === "device-logs" || name === "gap") return this.#subscriptions.route(name, payload);
    this.#tellAll({ type: "event", name, payload, targets: [] });
    if (name === "ready") this.#subscriptions.resume(payload, last);
  }

  #tellAll(message) {
    for (const tab of this.#tabs.values()) tab.tell(message);
  }
}
