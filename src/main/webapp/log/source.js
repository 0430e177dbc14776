// Owns whose lines a log has: a device's, those of a model's devices, or all; and how the server and the stream call it.

/** @typedef {number | string} Source the id of a device, "fleet", or "model <id>" */

export const FLEET = "fleet";
const MODEL = /^model (\d+)$/;

/** @param {number} id @returns {Source} */
export function ofModel(id) {
  return `model ${id}`;
}

/** Whether it is of many devices. @param {Source} source */
export function isWide(source) {
  return typeof source === "string";
}

/** The model whose devices it is of, or null. @param {Source} source */
export function modelOf(source) {
  const found = MODEL.exec(String(source));
  return found ? Number(found[1]) : null;
}

/** What the client of streams is told to follow. @param {Source} source */
export function followedBy(source) {
  const model = modelOf(source);
  return model === null ? source : { model };
}

/**
 * Where the server answers.
 *
 * @param {Source} source @param {string[][]} parameters @param {"" | "/histogram"} [about]
 */
export function addressOf(source, parameters, about = "") {
  const model = modelOf(source);
  const asked = new URLSearchParams([...parameters, ...(model === null ? [] : [["model_id", String(model)]])]);
  return `/api${isWide(source) ? "" : `/devices/${source}`}/logs${about}?${asked}`;
}
