// Owns what a filter of a log is: which lines it lets through, how it is asked for, and how it is said in words.
import { fieldText, isField, readField } from "./field.js";

const SINGLE = ["level", "contains", "regex"];
const SEVERAL = ["without", "tag", "without_tag", "field", "without_field"];
/** As many fields a stream takes of each kind. */
const MOST_FIELDS = 16;
const LEVELS = { E: "errors", W: "warnings and errors", I: "info and worse", D: "debug and worse" };

/**
 * Named as the server's parameters are.
 *
 * @typedef {object} LogFilter
 * @property {string} level that one or a worse one; "" for any
 * @property {string} contains a text, in whatever case
 * @property {string} regex
 * @property {string[]} without texts
 * @property {string[]} tag one of them
 * @property {string[]} without_tag
 * @property {string[]} field `name:value`, of each name one
 * @property {string[]} without_field
 */

/** @type {Readonly<LogFilter>} lets everything through */
export const NO_FILTER = Object.freeze({
  level: "",
  contains: "",
  regex: "",
  without: [],
  tag: [],
  without_tag: [],
  field: [],
  without_field: [],
});

/** @param {URLSearchParams} asked @returns {LogFilter} */
export function readFilter(asked) {
  const single = SINGLE.map((name) => [name, asked.get(name) ?? ""]);
  const several = SEVERAL.map((name) => [name, [...new Set(asked.getAll(name))].filter(Boolean)]);
  const read = Object.fromEntries([...single, ...several]);
  return { ...read, level: read.level in LEVELS ? read.level : "" };
}

/** Its parts as parameters. @param {LogFilter} filter @returns {[string, string][]} */
export function parametersOf(filter) {
  const single = SINGLE.filter((name) => filter[name] !== "").map((name) => [name, filter[name]]);
  return [...single, ...SEVERAL.flatMap((name) => filter[name].map((value) => [name, value]))];
}

/** @param {LogFilter} filter */
export function isNone(filter) {
  return parametersOf(filter).length === 0;
}

/** @param {LogFilter} a @param {LogFilter} b */
export function isSame(a, b) {
  return JSON.stringify(parametersOf(a)) === JSON.stringify(parametersOf(b));
}

/** The part of it that a stream knows, too. @returns {import("../fleetcast-client.js").Filter | null} */
export function partOfStream(filter) {
  const { level, contains } = filter;
  const [field, without] = fieldsOfStream(filter) ?? [[], []];
  const part = {
    ...(level && { level }),
    ...(contains && { contains }),
    ...(field.length > 0 && { field }),
    ...(without.length > 0 && { without_field: without }),
  };
  return Object.keys(part).length === 0 ? null : part;
}

/** Whether that is all of it. */
export function isPartOfStream(filter) {
  return filter.regex === "" && filter.without.length === 0 && fieldsOfStream(filter) !== null;
}

/** To a stream a tag is a field; null where that makes more, or longer ones, than it takes. */
function fieldsOfStream({ tag, without_tag: withoutTag, field, without_field: withoutField }) {
  const all = [
    [...tag.map((value) => fieldText("tag", value)), ...field],
    [...withoutTag.map((value) => fieldText("tag", value)), ...withoutField],
  ];
  return all.every((texts) => texts.length <= MOST_FIELDS && texts.every(isField)) ? all : null;
}

/** What a value of one kind is called on a chip. */
export function wordsOf(name, value) {
  if (name === "regex") return `matches /${value}/`;
  if (name === "without") return `without “${value}”`;
  if (name === "tag") return `tag ${value}`;
  if (name === "field" || name === "without_field") {
    const [field, held] = readField(value) ?? ["", value];
    return `${name === "field" ? "" : "not "}${field}: ${held}`;
  }
  return name === "without_tag" ? `not tag ${value}` : `contains “${value}”`;
}

/** "that are errors and contain …": what comes after "lines". */
export function sentenceOf(filter) {
  const { level } = filter;
  const others = parametersOf({ ...filter, level: "" }).map(([name, value]) => wordsOf(name, value));
  const words = [level && LEVELS[level], ...others].filter(Boolean);
  return words.length === 0 ? "" : `that pass: ${words.join(", ")}`;
}
