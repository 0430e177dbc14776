// Owns which devices and models an entity id belongs to: a line says no more than its entity id.
import { Refusal } from "./sse.js";

const LOAD_EVERY = 5000;
const OLD = 60_000;
const LONGEST_ANSWER = 20_000;

/** The registry as it was when it was read last. */
export class Directory {
  /** @type {Map<string, Set<number>>} */
  #models = new Map();
  /** @type {Map<number, string>} */
  #entityIds = new Map();
  #readAt = Number.NEGATIVE_INFINITY;
  /** @type {Promise<void> | null} */
  #reading = null;

  knows(entityId) {
    return this.#models.has(entityId);
  }

  isOfModel(entityId, model) {
    return this.#models.get(entityId)?.has(model) ?? false;
  }

  /** The entity id of a device, if it has been read. */
  entityIdOf(deviceId) {
    return this.#entityIds.get(deviceId);
  }

  get isOld() {
    return Date.now() - this.#readAt > OLD;
  }

  /** Reads the registry, not too often; what it says then is of a time after this call. */
  async read() {
    await this.#reading?.catch(() => {}); // begun before this call
    this.#reading ??= this.#read().finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #read() {
    const wait = this.#readAt + LOAD_EVERY - Date.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    this.#readAt = Date.now();
    const response = await fetch("/api/devices", { cache: "no-store", signal: AbortSignal.timeout(LONGEST_ANSWER) });
    if (!response.ok) throw await Refusal.of(response);
    const { devices } = await response.json();
    this.#models = new Map();
    this.#entityIds = new Map();
    for (const { id, device_model_id: model, device_entity_id: entityId } of devices) {
      if (!entityId) continue;
      this.#entityIds.set(id, entityId);
      this.#models.set(entityId, (this.#models.get(entityId) ?? new Set()).add(model));
    }
  }
}
