// Owns how a failure is told on a page, and that it is told no longer than it lasts.
import { make, makeButton } from "./elements.js";
import { reach } from "./reach.js";

/** Failures that end without the reader's doing: what failed is tried again by itself. */
const PASSING = [0, 429, 502, 503, 504];
const TRY_AGAIN = 10_000;

/** @typedef {{words: string, retry?: () => void, clock: number}} Told */

/** What is told, and where. @type {Map<Element, Told>} */
const told = new Map();

reach.addEventListener("change", () => {
  if (reach.lostAt !== null) return;
  for (const [box, { clock }] of [...told]) if (clock) tryAgain(box);
});

/** Shows a failure in `box`, with a button for another try when `retry` is given; null hides it. */
export function tell(box, failure, retry) {
  const before = told.get(box);
  clearTimeout(before?.clock);
  box.hidden = !failure;
  if (!failure) {
    told.delete(box);
    box.replaceChildren();
    return;
  }
  const passes = PASSING.includes(failure.status);
  told.set(box, { words: failure.message, retry, clock: passes && retry ? later(box) : 0 });
  // Told once, and not with every try: it is read out to those who cannot see it.
  if (before?.words === failure.message && Boolean(before.retry) === Boolean(retry)) return;
  box.classList.toggle("passing", passes);
  box.replaceChildren(make("p", "", failure.message));
  if (failure.correlationId) box.append(make("p", "correlation", `Correlation id: ${failure.correlationId}`));
  if (retry) box.append(makeButton("button", "Try again", () => told.get(box)?.retry?.()));
}

/** Not all readers at the same moment. */
function later(box) {
  return setTimeout(() => tryAgain(box), TRY_AGAIN * (1 + Math.random() / 2));
}

function tryAgain(box) {
  const state = told.get(box);
  if (!state) return;
  clearTimeout(state.clock);
  if (!box.isConnected) {
    told.delete(box);
    return;
  }
  state.clock = later(box);
  if (!document.hidden && box.offsetParent !== null) state.retry();
}
