// Owns what is known of one log that tabs follow: who wants it, and what the server has been told.

const NO_FILTER = "null";
const FLEET = "fleet";
const MODEL = "model ";

/**
 * @typedef {number | string} Target which log: the id of a device, "fleet", or "model <id>"
 *
 * @typedef {object} Filter what the server lets through: `level` or worse (E, W, I, D, V), a text, and fields
 * @property {string} [level]
 * @property {string} [contains]
 * @property {string[]} [field] each `name:value`; of each name one of its values
 * @property {string[]} [without_field]
 *
 * @typedef {object} Want one subscription of one tab
 * @property {{id: number, tell: (message: object) => void}} tab
 * @property {number} key the tab's own number for it
 * @property {Filter | null} filter
 * @property {number} tail
 * @property {boolean} answered
 */

/** A log that somebody follows, or that the server still has to be told nobody follows. */
export class Followed {
  /** @type {Map<string, Want>} */
  wants = new Map();
  /** @type {string | null} */
  entityId = null;
  /** The filter that the server has, as JSON; null when it has no subscription. */
  /** @type {string | null} */
  sent = null;
  settling = false;
  /** The event after which the server, which has forgotten it, has to go on. */
  /** @type {string | null} */
  after = null;
  /** The server had forgotten it, and nobody knows after which event: what came meanwhile is missing. */
  lost = false;
  /** How often in a row the server did not know our stream. */
  unbound = 0;
  /** How often in a row the server could not be asked. */
  tries = 0;

  /** @param {Target} target */
  constructor(target) {
    this.target = target;
  }

  /** The filter for all of them: the one they share, or none, and then each tab filters for itself. */
  get filter() {
    const filters = new Set([...this.wants.values()].map((want) => JSON.stringify(want.filter)));
    return filters.size === 1 ? [...filters][0] : NO_FILTER;
  }

  /** Whether the server has what is wanted. */
  get settled() {
    return this.sent === (this.wants.size === 0 ? null : this.filter);
  }

  /** Whether it is of many devices. */
  get wide() {
    return typeof this.target === "string";
  }

  get isFleet() {
    return this.target === FLEET;
  }

  /** The model whose devices it is of, or null. */
  get model() {
    return this.wide && !this.isFleet ? Number(String(this.target).slice(MODEL.length)) : null;
  }

  /** How a request names it. */
  get name() {
    if (!this.wide) return { device_id: this.target };
    return this.isFleet ? { fleet: true } : { device_model_id: this.model };
  }

  /** What a request says of the filter. */
  static filterOf(filter) {
    return filter === NO_FILTER ? {} : { filter: JSON.parse(filter) };
  }

  /** Whether the server, with that filter, sends all that is wanted. */
  static covers(sent, want) {
    return sent === NO_FILTER || sent === JSON.stringify(want.filter);
  }

  /** Whether it receives: the server has it, or goes on with it as soon as it is told to. */
  get receives() {
    return this.wants.size > 0 && (this.wide ? this.sent !== null || this.after !== null : this.entityId !== null);
  }

  answer(want, tail) {
    want.answered = true;
    want.tab.tell({ type: "subscribed", key: want.key, entityId: this.entityId, tail });
  }

  refuse({ message, status }) {
    for (const want of this.wants.values()) want.tab.tell({ type: "refused", key: want.key, error: { message, status } });
    this.wants.clear();
    this.sent = null;
  }

  /** What stands for lines of which nobody knows how many they are. */
  get gap() {
    const deviceId = this.wide ? null : this.target;
    return { device_id: deviceId, device_entity_id: this.entityId, missed: 0, from: null, to: null };
  }
}
