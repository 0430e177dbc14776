// Owns saving where others save too: nothing that its writer has not seen is replaced without asking.
import { Failure, get, put, remove, tell } from "../ui/api.js";
import { make, makeButton } from "../ui/elements.js";

const MOST = 10;
const LONGEST = 80;

/** Somebody else saved meanwhile; `theirs` is what the server has now. */
export class Conflict extends Failure {
  constructor(theirs) {
    super("Somebody else has saved meanwhile: look at that first.", 412, null);
    this.theirs = theirs;
  }
}

export function differs(one, other, fields) {
  return fields.some((field) => one[field] !== other[field]);
}

/**
 * Saves `body`, unless one of these fields is another now than in `seen`; what else has changed is no matter.
 *
 * @throws {Conflict}
 */
export function save(path, body, seen, fields) {
  return ifAsSeen(path, seen, fields, (known) => put(path, body, known));
}

/** Deletes, on the same condition. @throws {Conflict} */
export function drop(path, seen, fields) {
  return ifAsSeen(path, seen, fields, (known) => remove(path, known));
}

async function ifAsSeen(path, seen, fields, act) {
  try {
    return await act(seen);
  } catch (failure) {
    if (!(failure instanceof Failure) || failure.status !== 412) throw failure;
    const theirs = await get(path);
    if (differs(theirs, seen, fields)) throw new Conflict(theirs);
    return act(theirs);
  }
}

/** Says in `box` that there is nothing any more to save. @param {HTMLElement} box @param {string} what "device" */
export function tellDeleted(box, what) {
  tell(box, new Error(`This ${what} has been deleted meanwhile: nothing can be saved here any more.`));
}

/**
 * Says in `box` that somebody saved and what differs, and lets choose; what has been written stays meanwhile.
 *
 * @param {HTMLElement} box @param {string} what "device" @param {object} theirs @param {object} mine
 * @param {{load: () => void, overwrite: () => void}} choices
 */
export function tellConflict(box, what, theirs, mine, { load, overwrite }) {
  const found = differences(theirs, mine);
  tell(box, null); // what it said until now
  const choose = (words, then) =>
    makeButton("button", words, () => {
      tell(box, null);
      then();
    });
  const lines = found.slice(0, MOST).map(([name, one, other]) => make("li", "", make("code", "", name), ` is ${one} there and ${other} here`));
  if (found.length > MOST) lines.push(make("li", "", `and ${found.length - MOST} more`));
  box.hidden = false;
  box.replaceChildren(
    make("p", "", `Somebody else has saved this ${what} meanwhile. What you have written is still here, and not saved.`),
    found.length > 0 ? make("ul", "", ...lines) : make("p", "", "They saved the same."),
    make("div", "choices", choose("Load what is there", load), choose("Overwrite it with mine", overwrite)),
  );
}

/** Which fields are not the same, with both values; of JSON that travels as text those within. */
function differences(theirs, mine) {
  return Object.keys(mine).flatMap((name) => {
    if (theirs[name] === mine[name]) return [];
    const [one, other] = [parsed(theirs[name]), parsed(mine[name])];
    if (!one || !other) return [[name, shown(theirs[name]), shown(mine[name])]];
    const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    const within = names.filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key]));
    return within.map((key) => [key, shown(one[key]), shown(other[key])]);
  });
}

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function shown(value) {
  if (value === undefined) return "missing";
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
