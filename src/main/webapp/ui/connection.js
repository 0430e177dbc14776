// Owns how the state of the connection is told: always, honestly, and without moving anything else.
import { timeOf } from "./clock.js";
import { reach } from "./reach.js";

const NAMES = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  stale: "Stale",
  unanswered: "Not answering",
  "signed-out": "Signed out",
  closed: "Closed",
};

/**
 * The badge in the bar, since when it says so, and when the next try is due. It is of stream and requests together: what
 * looks live is not while the server answers no request.
 */
export class Connection {
  #badge;
  #detail;
  #tryNow;
  #state = null;
  #clock = 0;

  /**
   * @param {HTMLElement} root holds `.connection`, `.connection-detail` and `.try-now`
   * @param {import("../fleetcast-client.js").FleetcastClient} fleet
   * @param {AbortSignal} signal ends it
   */
  constructor(root, fleet, signal) {
    this.#badge = root.querySelector(".connection");
    this.#detail = root.querySelector(".connection-detail");
    this.#tryNow = root.querySelector(".try-now");
    fleet.addEventListener("state", () => this.#show(fleet.state), { signal });
    reach.addEventListener("change", () => this.#show(fleet.state), { signal });
    this.#tryNow.addEventListener("click", () => fleet.wake(), { signal });
    signal.addEventListener("abort", () => clearInterval(this.#clock));
    this.#show(fleet.state);
  }

  #show(stream) {
    const lost = stream.state === "live" && reach.lostAt !== null;
    const state = lost ? { ...stream, state: "unanswered", since: reach.lostAt, why: "The stream is open, but requests get no answer." } : stream;
    this.#state = state;
    this.#badge.dataset.state = state.state;
    this.#badge.textContent = NAMES[state.state];
    this.#badge.title = state.why;
    clearInterval(this.#clock);
    if (state.state !== "live") this.#clock = setInterval(() => this.#tick(), 1000);
    this.#tick();
  }

  /** Not part of the badge, whose every change is read out to those who cannot see it. */
  #tick() {
    const { state, since, nextTryAt, resumed } = this.#state;
    const wait = nextTryAt === null ? 0 : Math.ceil((nextTryAt - Date.now()) / 1000);
    this.#tryNow.hidden = wait < 3;
    if (state === "live") this.#detail.textContent = resumed ? `resumed at ${timeOf(since)}` : "";
    else this.#detail.textContent = `since ${timeOf(since)}${wait > 0 ? `, next try in ${wait} s` : ""}`;
  }
}
