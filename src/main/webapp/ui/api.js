// Owns how this page asks the server: JSON in, JSON out, failures in the server's own words.
import { Failure, request } from "./reach.js";

export { tell } from "./notice.js";
export { Failure };

/** Fires `signed-out` when the server no longer knows who is asking. */
export const session = new EventTarget();

/** The tag that each answer came with. @type {WeakMap<object, string>} */
const tags = new WeakMap();

/** The tag of an answer, if it had one. @returns {string | undefined} */
export function tagOf(answer) {
  return answer ? tags.get(answer) : undefined;
}

/** Gives a copy of an answer the tag that it came with. */
export function tag(answer, etag) {
  tags.set(answer, etag);
}

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
export function open(path, signal) {
  return request(path, { signal }, async (response, attempt) => {
    if (!response.ok) throw await failureOf(response);
    return new Response(attempt.watch(response.body, signal));
  });
}

/** Posts `body` as JSON; without one, nothing. */
export function post(path, body, signal) {
  return write("POST", path, body, signal);
}

/** Puts `body` as JSON, only while `seen`, an earlier answer, is still what the server has (else a failure of 412). */
export function put(path, body, seen) {
  return write("PUT", path, body, undefined, onlyIf(seen));
}

/** Deletes, on the same condition; answers null. */
export function remove(path, seen) {
  return write("DELETE", path, undefined, undefined, onlyIf(seen));
}

function onlyIf(seen) {
  return tags.has(seen) ? { "If-Match": tags.get(seen) } : {};
}

function write(method, path, body, signal, condition = {}) {
  const headers = body === undefined ? condition : { "Content-Type": "application/json", ...condition };
  return ask(path, { method, headers, body: JSON.stringify(body), signal });
}

function ask(path, options) {
  return request(path, options, async (response) => {
    if (!response.ok) throw await failureOf(response);
    if (response.status === 204) return null;
    const body = await response.json();
    if (response.headers.has("ETag")) tags.set(body, response.headers.get("ETag"));
    return body;
  });
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
