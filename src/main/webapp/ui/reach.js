// Owns how one request is made: each answer has its time, and whether the server answers at all is known.
import { learn } from "./clock.js";

/** The server's own limits are shorter; what is longer on the way comes no more. */
export const READ = 15_000;
export const WRITE = 45_000;
/** Between two pieces of a long answer. */
export const PIECE = 60_000;
/** What waits longer may wait for a connection over which nothing comes any more. */
const LONG = 2_000;
const LATE = "late";
const ANEW = "anew";
const UNKNOWN = "It is not known whether this was done.";

/**
 * A refused or failed request; `status` is 0 when the server could not be reached, `fields` has a list of
 * `{field, message}` when it refused what was in them.
 */
export class Failure extends Error {
  constructor(sentence, status, correlationId, fields = []) {
    super(sentence);
    this.status = status;
    this.correlationId = correlationId;
    this.fields = fields;
  }
}

/** Whether the server answers requests; fires `change`. */
class Reach extends EventTarget {
  /** Since when it answers nothing, in milliseconds; null while it does. @type {number | null} */
  lostAt = null;
  #answeredAt = 0;

  answered() {
    this.#answeredAt = Date.now();
    this.#set(null);
  }

  /** What was asked then got no answer; if something that was asked later did, it is not the server. */
  unanswered(askedAt) {
    if (askedAt >= this.#answeredAt) this.#set(this.lostAt ?? Date.now());
  }

  #set(lostAt) {
    if (lostAt === this.lostAt) return;
    this.lostAt = lostAt;
    this.dispatchEvent(new Event("change"));
  }
}

export const reach = new Reach();

/** Those that only read, and wait for their answer. @type {Set<Attempt>} */
const waiting = new Set();

/** The way to the server is another than before: what waits long for an answer is asked anew, over that one. */
export function askAnew() {
  for (const attempt of [...waiting]) if (Date.now() - attempt.askedAt > LONG) attempt.giveUp(ANEW);
}

/** One try of a request, and its time. */
class Attempt {
  askedAt = Date.now();
  changes;
  #over = new AbortController();
  #clock = 0;

  constructor({ method }) {
    this.changes = method !== undefined;
    if (!this.changes) waiting.add(this);
    this.within(this.changes ? WRITE : READ);
  }

  get anew() {
    return this.#over.signal.reason === ANEW;
  }

  signal(given) {
    return given ? AbortSignal.any([given, this.#over.signal]) : this.#over.signal;
  }

  within(limit) {
    clearTimeout(this.#clock);
    this.#clock = setTimeout(() => this.giveUp(LATE), limit);
  }

  giveUp(reason) {
    this.#over.abort(reason);
  }

  end() {
    clearTimeout(this.#clock);
    waiting.delete(this);
  }

  /** Why no answer came, in words. */
  failure() {
    reach.unanswered(this.askedAt);
    const late = this.#over.signal.reason === LATE;
    if (!this.changes) return new Failure(late ? "The server does not answer." : "The server cannot be reached.", 0, null);
    return new Failure(`The server ${late ? "did not answer in time" : "could not be reached"}. ${UNKNOWN}`, 0, null);
  }

  /** The same bytes, each piece within its time. */
  watch(body, given) {
    const reader = body.getReader();
    const pull = async (stream) => {
      this.within(PIECE);
      try {
        const { done, value } = await reader.read();
        if (done) stream.close();
        else stream.enqueue(value);
      } catch (cause) {
        throw given?.aborted ? cause : this.failure();
      } finally {
        this.end();
      }
    };
    return new ReadableStream({ pull, cancel: (reason) => reader.cancel(reason) });
  }
}

/**
 * Asks, and takes in the answer.
 *
 * @param {string} path
 * @param {RequestInit} options
 * @param {(response: Response, attempt: Attempt) => Promise<any> | any} read may throw a `Failure`
 */
export async function request(path, options, read) {
  const attempt = new Attempt(options);
  let response = null;
  try {
    response = await fetch(path, { cache: "no-store", ...options, signal: attempt.signal(options.signal) });
    learn(response.headers.get("Date"), attempt.askedAt);
    const answer = await read(response, attempt);
    reach.answered();
    return answer;
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    if (cause instanceof Failure) {
      reach.answered();
      throw cause;
    }
    if (response && cause instanceof SyntaxError) throw new Failure("What was answered cannot be read.", response.status, null);
    if (!attempt.anew) throw attempt.failure();
  } finally {
    attempt.end();
  }
  return request(path, options, read);
}
