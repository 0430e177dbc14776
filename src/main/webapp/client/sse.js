// Owns the bytes of one event stream: asking for it, reading it to its end, and telling a refusal from a lost line.

/** The server answered, and not with a stream. */
export class Refusal extends Error {
  /**
   * @param {string} sentence the server's own words
   * @param {number} status
   * @param {number | null} retryAfter milliseconds that the server asks us to wait
   */
  constructor(sentence, status, retryAfter) {
    super(sentence);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** @param {Response} response */
  static async of(response) {
    const body = await response.json().catch(() => null);
    const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
    const sentence = body?.error ?? `The server answered with status ${response.status}.`;
    return new Refusal(sentence, response.status, Number.isFinite(seconds) ? seconds * 1000 : null);
  }
}

/**
 * @typedef {object} Reader
 * @property {() => void} bytes called for everything that arrives, heartbeats included
 * @property {(name: string, data: string) => void} event
 * @property {(id: string) => void} id called after the event that carries it
 * @property {(milliseconds: number) => void} retry
 */

/**
 * Reads a stream until it ends.
 *
 * It is fetch and not EventSource because that hides what an honest state needs: the status of a refusal, its
 * Retry-After, and the heartbeats.
 *
 * @param {string} url
 * @param {AbortSignal} signal
 * @param {Reader} reader
 * @throws {Refusal} when the answer is no stream; any other error is a lost line
 */
export async function readStream(url, signal, reader) {
  const response = await fetch(url, { headers: { Accept: "text/event-stream" }, cache: "no-store", signal });
  const type = response.headers.get("Content-Type") ?? "";
  if (!response.ok || !response.body || !type.startsWith("text/event-stream")) throw await Refusal.of(response);
  const text = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new SseParser(reader);
  for (;;) {
    const { done, value } = await text.read();
    if (done) return;
    reader.bytes();
    parser.push(value);
  }
}

/** The line format of event streams, as the HTML standard has it. */
export class SseParser {
  #reader;
  #rest = "";
  #name = "";
  #data = [];
  #id = null;

  /** @param {Reader} reader */
  constructor(reader) {
    this.#reader = reader;
  }

  /** @param {string} text any piece of the stream, cut anywhere */
  push(text) {
    const all = this.#rest + text;
    // A CR at the very end may be half of a CRLF.
    const whole = all.endsWith("\r") ? all.length - 1 : all.length;
    const ends = /\r\n|\n|\r/g;
    let from = 0;
    for (let end = ends.exec(all); end && end.index < whole; end = ends.exec(all)) {
      this.#line(all.slice(from, end.index));
      from = ends.lastIndex;
    }
    this.#rest = all.slice(from);
  }

  #line(line) {
    if (line === "") this.#dispatch();
    else if (!line.startsWith(":")) {
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
      if (field === "data") this.#data.push(value);
      else if (field === "event") this.#name = value;
      else if (field === "id" && !value.includes("\0")) this.#id = value;
      else if (field === "retry" && /^\d+$/.test(value)) this.#reader.retry(Number(value));
    }
  }

  #dispatch() {
    const [name, data, id] = [this.#name, this.#data, this.#id];
    this.#name = "";
    this.#data = [];
    this.#id = null;
    if (data.length > 0) this.#reader.event(name || "message", data.join("\n"));
    if (id !== null) this.#reader.id(id);
  }
}
