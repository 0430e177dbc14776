// Owns how elements are made by script; what is given as text can never become markup.

/** Makes an element with a class (or "") and what it holds: text or other elements; null is left out. */
export function make(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Says what an element is, where its looks would hide it: a table that is set in one column is none to a browser. */
export function as(role, element) {
  element.role = role;
  return element;
}

export function makeLink(href, className, text) {
  const link = make("a", className, text);
  link.href = href;
  return link;
}

export function makeButton(className, text, action) {
  const button = make("button", className, text);
  button.type = "button";
  button.addEventListener("click", action);
  return button;
}

/** A moment as people here read it, with the exact one in UTC beside it; null or "" is `none`. */
export function makeTime(at, none) {
  if (!at) return make("span", "muted", none);
  const time = make("time", "", new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "medium", hour12: false }));
  time.dateTime = at;
  time.title = `${at.replace("T", " ").replace("Z", "")} UTC`;
  return time;
}

/** "1 device", "2 devices" */
export function counted(count, thing) {
  return `${count.toLocaleString()} ${thing}${count === 1 ? "" : "s"}`;
}
