// Owns the line that says what works and what does not while a part of Fleetcast is away, as the server itself sees it.
import { timeOf } from "./clock.js";
import { write } from "./elements.js";
import { Failure, request } from "./reach.js";

const EVERY = 20_000;
/** What comes first over a slow link is not held up by it. */
const FIRST = 2_000;

export class Readiness {
  #line;
  #signal;

  /**
   * Looks from time to time.
   *
   * @param {HTMLElement} line is hidden while all is well, or nobody can tell
   * @param {AbortSignal} signal ends it
   */
  constructor(line, signal) {
    this.#line = line;
    this.#signal = signal;
    const timer = setInterval(() => document.hidden || this.look(), EVERY);
    const first = setTimeout(() => this.look(), FIRST);
    signal.addEventListener("abort", () => [timer, first].forEach(clearTimeout));
  }

  async look() {
    try {
      const told = await request("/health/ready", { signal: this.#signal }, (response) => response.json());
      this.#show(Array.isArray(told.checks) ? standing(told.checks) : { words: "", away: false });
    } catch (failure) {
      if (this.#signal.aborted) return;
      if (!(failure instanceof Failure)) throw failure;
      this.#line.hidden = true; // not proxied, or not answering: the badge says that
    }
  }

  #show({ words, away }) {
    this.#line.hidden = words === "";
    this.#line.classList.toggle("away", away);
    write(this.#line, words);
  }
}

/** What is to be said, and whether it is an outage and not a choice of whoever set the server up. */
function standing(checks) {
  const of = (name) => checks.find((check) => check.name === name) ?? { status: "UP", data: {} };
  const away = [...database(of("database")), ...broker(of("mqtt").data ?? {}), ...storage(of("logs").data ?? {})];
  const off = [...without(of("mqtt").data ?? {}, of("logs").data ?? {})];
  return { words: [...away, ...off].join(" "), away: away.length > 0 };
}

function database({ status, data }) {
  if (status !== "UP") return ["The database is away: open logs go on; devices, rotation and signing in do not work."];
  return data?.read_only ? ["The database takes no changes now: everything can be seen, nothing can be changed."] : [];
}

function broker({ state, since, consumer }) {
  if (consumer === "failed") return ["No lines are taken in any more until the server is restarted; stored lines can be read."];
  if (state !== "away") return [];
  return [`The broker is away since ${timeOf(Date.parse(since))}: no new lines come until it is back; stored lines can be read.`];
}

function storage({ elasticsearch, journal }) {
  if (journal === "full") return ["Elasticsearch takes no lines, and the journal is full: new lines wait at the broker."];
  if (journal?.startsWith("cannot be written")) return ["The journal cannot be written: new lines wait at the broker; stored lines can be read."];
  if (!elasticsearch || ["ok", "off"].includes(elasticsearch)) return [];
  return ["Elasticsearch takes no lines now: new lines are seen and kept; older ones may not be found until it is back."];
}

function without({ sink }, { elasticsearch }) {
  return [
    sink === "off" ? "No broker is set up, so no new lines come." : "",
    elasticsearch === "off" ? "No Elasticsearch is set up: lines are seen as they come; stored ones cannot be read." : "",
  ].filter(Boolean);
}
