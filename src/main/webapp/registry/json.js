// Owns JSON as people write it: where it is wrong, in words; where each value stands; and how it looks well set.
// Browsers report the place of a fault each in their own way, or not at all.

const DEEPEST = 200;
const NARROW = 72;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[^\s,:[\]{}"]+/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * @typedef {{sentence: string, at: number, line: number, column: number}} Fault `at` counts from 0, the others from 1
 */

/**
 * Reads JSON text.
 *
 * @returns {{fault: Fault | null, value: unknown, pretty: string, places: Map<string, number>}} `pretty` is the same
 *   text well set, every number and string as it was written; `places` has where the value of each JSON pointer begins
 */
export function readJson(text) {
  const reader = new Reader(text);
  try {
    const pretty = reader.all();
    return { fault: null, value: JSON.parse(text), pretty, places: reader.places };
  } catch (wrong) {
    if (!(wrong instanceof Wrong)) throw wrong;
    return { fault: { sentence: wrong.message, ...placeOf(text, wrong.at) }, value: undefined, pretty: text, places: reader.places };
  }
}

/** Which line and column a place in a text is. */
export function placeOf(text, at) {
  const before = text.slice(0, at);
  return { at, line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
}

class Wrong extends Error {
  constructor(sentence, at) {
    super(sentence);
    this.at = at;
  }
}

class Reader {
  places = new Map();
  #text;
  #at = 0;

  constructor(text) {
    this.#text = text;
  }

  all() {
    const pretty = this.#value("", 0);
    this.#space();
    if (this.#at < this.#text.length) this.#fail("Nothing may follow the end of the object");
    return pretty;
  }

  #value(pointer, depth) {
    this.#space();
    this.places.set(pointer, this.#at);
    if (depth > DEEPEST) this.#fail("This nests too deep");
    const next = this.#text[this.#at];
    if (next === "{") return this.#many("{", "}", depth, () => this.#member(pointer, depth));
    let index = 0;
    if (next === "[") return this.#many("[", "]", depth, () => this.#value(`${pointer}/${index++}`, depth + 1));
    if (next === '"') return this.#string();
    return this.#scalar();
  }

  #many(open, close, depth, part) {
    const parts = [];
    this.#at++;
    this.#space();
    while (this.#text[this.#at] !== close || parts.length > 0) {
      if (parts.length > 0 && this.#text[this.#at] === close) break;
      parts.push(part());
      this.#space();
      if (this.#text[this.#at] !== ",") break;
      const comma = this.#at++;
      this.#space();
      if (this.#text[this.#at] === close) this.#fail(`There is a comma too many before ${close}`, comma);
    }
    if (this.#text[this.#at] !== close) this.#fail(`A comma or ${close} is missing here`);
    this.#at++;
    return set(open, parts, close, depth);
  }

  #member(pointer, depth) {
    if (this.#text[this.#at] !== '"') this.#fail(this.#ended() ?? 'A name in double quotes is missing here, as in "deviceName"');
    const name = this.#string();
    this.#space();
    if (this.#text[this.#at] !== ":") this.#fail(`A colon is missing after ${name}`);
    this.#at++;
    const key = JSON.parse(name).replaceAll("~", "~0").replaceAll("/", "~1");
    return `${name}: ${this.#value(`${pointer}/${key}`, depth + 1)}`;
  }

  #string() {
    const begin = this.#at++;
    for (let next = this.#text[this.#at]; next !== '"'; next = this.#text[this.#at]) {
      if (next === undefined || next === "\n") this.#fail("This string has no closing quote", begin);
      if (next < " ") this.#fail("A tab or another control character must be written as \\t or \\u0009 here");
      if (next === "\\") this.#match(ESCAPE) ?? this.#fail('After a backslash one of " \\ / b f n r t or u and four digits follows');
      else this.#at++;
    }
    return this.#text.slice(begin, ++this.#at);
  }

  #scalar() {
    const begin = this.#at;
    const word = this.#match(WORD);
    if (word === "true" || word === "false" || word === "null") return word;
    this.#at = begin;
    if (word && /^[-\d]/.test(word)) {
      if (this.#match(NUMBER) === word) return word;
      this.#fail(`${word} is not a number as JSON writes it`, begin);
    }
    if (word) this.#fail(`${word.slice(0, 20)} is not a value: text stands in double quotes`, begin);
    this.#fail(this.#ended() ?? "A value is missing here");
  }

  #ended() {
    return this.#at >= this.#text.length ? "The text ends before it is complete" : null;
  }

  #match(pattern) {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  #space() {
    while (" \t\r\n".includes(this.#text[this.#at] || "-")) this.#at++;
  }

  /** @returns {never} */
  #fail(sentence, at = this.#at) {
    throw new Wrong(this.#at >= this.#text.length && at === this.#at ? this.#ended() : sentence, at);
  }
}

function set(open, parts, close, depth) {
  const line = parts.join(", ");
  const short = open === "[" && line.length < NARROW && !line.includes("\n") && !/[{[]/.test(line);
  if (parts.length === 0 || short) return `${open}${line}${close}`;
  const indent = "  ".repeat(depth + 1);
  return `${open}\n${indent}${parts.join(`,\n${indent}`)}\n${"  ".repeat(depth)}${close}`;
}
