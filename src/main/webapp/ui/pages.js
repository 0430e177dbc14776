// Owns which page the address names: opens it, closes the one before, and marks the links that lead to it.

/**
 * What a module does for its page. It fires `titled`, bubbling, at its section when the title comes to be known later.
 *
 * @typedef {object} Page
 * @property {(match: RegExpExecArray) => void} open shows what the address names; also called when, while the page is
 *   open, the address comes to name another thing of it
 * @property {() => void} close another page follows
 * @property {() => void} [look] something may have changed at the server: look again
 * @property {() => void} [listed] the list of devices has been loaded again
 * @property {string} [title] what the window is called, if not as the page's first heading
 *
 * @typedef {object} Route
 * @property {string} view the page's name in styles and for the keys
 * @property {RegExp} address what of the address begins with # leads here
 * @property {HTMLElement} section is shown while the page is open
 * @property {string} link the address of the link in the bar that stands for it
 * @property {boolean} [list] whether the list of devices stands beside it
 * @property {Page} page
 */

export class Pages {
  #root;
  #routes;
  /** @type {Route | null} */
  #route = null;

  /**
   * @param {HTMLElement} root holds the bar, the list and the sections
   * @param {Route[]} routes the first whose address matches is meant; the last one matches all
   */
  constructor(root, routes) {
    this.#root = root;
    this.#routes = routes;
    root.addEventListener("titled", () => this.#retitle());
  }

  get view() {
    return this.#route?.view ?? "";
  }

  /** Whether the list of devices stands beside the open page. */
  get list() {
    return this.#route?.list ?? false;
  }

  /** Opens the page that the address names. */
  go() {
    const hash = location.hash || "#/";
    const route = this.#routes.find(({ address }) => address.test(hash));
    const before = this.#route;
    if (before && before !== route) this.close();
    this.#route = route;
    route.section.hidden = false;
    this.#root.dataset.view = route.view;
    this.#root.querySelector("#devices").hidden = !route.list;
    for (const link of this.#root.querySelectorAll("#pages a")) mark(link, link.hash === route.link);
    route.page.open(route.address.exec(hash));
    this.#retitle();
    // What had the focus may have gone with the page before, and the focus must not vanish with it.
    const focused = document.activeElement;
    if (before && focused !== document.body && focused.offsetParent === null) this.#focus();
  }

  close() {
    if (!this.#route) return;
    this.#route.page.close();
    this.#route.section.hidden = true;
    this.#route = null;
  }

  look() {
    this.#route?.page.look?.();
  }

  listed() {
    this.#route?.page.listed?.();
    this.#retitle();
  }

  #retitle() {
    if (!this.#route) return;
    const { page, section } = this.#route;
    const title = page.title ?? section.querySelector("h1").textContent;
    document.title = title ? `${title} · Fleetcast` : "Fleetcast";
  }

  #focus() {
    const heading = this.#route.section.querySelector("h1[tabindex]");
    (heading ?? this.#root.querySelector("#main")).focus();
  }
}

function mark(link, current) {
  if (current) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
}
