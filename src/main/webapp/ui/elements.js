// Owns how elements are made by script; what is given as text can never become markup.

/** Makes an element with a class (or "") and what it holds: text or other elements; null and "" are left out. */
export function make(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  for (const child of children) if (child !== null && child !== "") made.append(child);
  return made;
}

/** Says what an element is, where its looks would hide it: a table that is set in one column is none to a browser. */
export function as(role, element) {
  element.role = role;
  return element;
}

export function makeLink(href, className, ...children) {
  const link = make("a", className, ...children);
  link.href = href;
  return link;
}

export function makeButton(className, text, action) {
  const button = make("button", className, text);
  button.type = "button";
  button.addEventListener("click", action);
  return button;
}

/** A small word that stands out; one about a rotation has the looks of its state. */
export function makeBadge(text, rotation = "") {
  const badge = make("span", "badge", text);
  if (rotation !== "") badge.dataset.rotation = rotation;
  return badge;
}

/** A moment as people here read it, with the exact one in UTC beside it; null or "" is `none`. */
export function makeTime(at, none) {
  if (!at) return make("span", "muted", none);
  const time = make("time", "", new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "medium", hour12: false }));
  time.dateTime = at;
  time.title = `${at.replace("T", " ").replace("Z", "")} UTC`;
  return time;
}

/**
 * Leaves these elements in `parent`, in this order, and no others. One that is in its place is not moved, since that
 * would make it forget how far it was scrolled.
 *
 * @param {Element} parent @param {Element[]} elements
 */
export function arrange(parent, elements) {
  let next = parent.firstElementChild;
  for (const element of elements) {
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
  while (next) {
    const after = next.nextElementSibling;
    next.remove();
    next = after;
  }
}

/** Sets a text, and touches the document only where it is another one than before. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** "1 device", "2 devices" */
export function counted(count, thing) {
  return `${count.toLocaleString()} ${thing}${count === 1 ? "" : "s"}`;
}
