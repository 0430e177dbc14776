// Owns how the state of the stream is told: always, honestly, and without moving anything else.

const NAMES = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  stale: "Stale",
  "signed-out": "Signed out",
  closed: "Closed",
};

/** The badge in the bar, since when it says so, and when the next try is due. */
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
    fleet.addEventListener("state", ({ detail }) => this.#show(detail), { signal });
    this.#tryNow.addEventListener("click", () => fleet.wake(), { signal });
    signal.addEventListener("abort", () => clearInterval(this.#clock));
    this.#show(fleet.state);
  }

  #show(state) {
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
    if (state === "live") this.#detail.textContent = resumed ? `resumed at ${clock(since)}` : "";
    else this.#detail.textContent = `since ${clock(since)}${wait > 0 ? `, next try in ${wait} s` : ""}`;
  }
}

function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString([], { hour12: false });
}
