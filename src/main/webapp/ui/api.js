// Owns how this page asks the server: JSON in, JSON out, failures in the server's own words.
import { make, makeButton } from "./elements.js";

/** Fires `signed-out` when the server no longer knows who is asking. */
export const session = new EventTarget();

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

/** The tag that each answer came with. @type {WeakMap<object, string>} */
const tags = new WeakMap();

/** @type {Map<string, Promise<any>>} */
const early = new Map();

/** Asks already now for what the page will need; the first who gets it has this answer. */
export function getEarly(path) {
  const answer = ask(path, {});
  answer.catch(() => {}); // whoever gets it hears of it, if anybody does
  early.set(path, answer);
}

export function get(path, signal) {
  const answer = early.get(path);
  early.delete(path);
  return answer ?? ask(path, { signal });
}

/** Asks for something that is not JSON, to be read from the response's body. @returns {Promise<Response>} */
export async function open(path, signal) {
  const response = await send(path, { signal });
  if (!response.ok) throw await failureOf(response);
  return response;
}

/** Posts `body` as JSON; without one, nothing. */
export function post(path, body, signal) {
  return write("POST", path, body, signal);
}

/** Puts `body` as JSON, only while `seen`, an earlier answer, is still what the server has (else a failure of 412). */
export function put(path, body, seen) {
  return write("PUT", path, body, undefined, tags.has(seen) ? { "If-Match": tags.get(seen) } : {});
}

/** Deletes; answers null. */
export function remove(path) {
  return write("DELETE", path);
}

function write(method, path, body, signal, condition = {}) {
  const headers = body === undefined ? condition : { "Content-Type": "application/json", ...condition };
  return ask(path, { method, headers, body: JSON.stringify(body), signal });
}

/** Shows a failure in `box`, with a button for another try when `retry` is given; null hides it. */
export function tell(box, failure, retry) {
  box.hidden = !failure;
  if (!failure) {
    box.replaceChildren();
    return;
  }
  box.replaceChildren(make("p", "", failure.message));
  if (failure.correlationId) box.append(make("p", "correlation", `Correlation id: ${failure.correlationId}`));
  if (retry) box.append(makeButton("button", "Try again", retry));
}

async function ask(path, options) {
  const response = await send(path, options);
  if (!response.ok) throw await failureOf(response);
  if (response.status === 204) return null;
  const body = await response.json().catch(() => null);
  if (body === null) throw await failureOf(response);
  if (response.headers.has("ETag")) tags.set(body, response.headers.get("ETag"));
  return body;
}

async function send(path, options) {
  try {
    return await fetch(path, { cache: "no-store", ...options });
  } catch (cause) {
    if (cause.name === "AbortError") throw cause;
    throw new Failure("The server cannot be reached.", 0, null);
  }
}

async function failureOf(response) {
  const body = await response.json().catch(() => null);
  if (response.status === 401) session.dispatchEvent(new Event("signed-out"));
  return new Failure(
    body?.error ?? `The server answered with status ${response.status}.`,
    response.status,
    body?.correlationId ?? response.headers.get("X-Request-ID"),
    body?.details?.fields,
  );
}
