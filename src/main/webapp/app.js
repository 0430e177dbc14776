// Owns the page as a whole: who is signed in, which page each address leads to, and who hears of what.
import { ACTIVITY, FleetPage } from "./fleet/page.js";
import { FleetcastClient } from "./fleetcast-client.js";
import { DeadLettersPage } from "./log/dead-letters-page.js";
import { LogPage } from "./log/page.js";
import { DevicePage } from "./registry/device-page.js";
import { Devices } from "./registry/devices.js";
import { Drafts } from "./registry/drafts.js";
import { ModelsPage } from "./registry/models-page.js";
import { RotationPage } from "./rotation/page.js";
import { RotationSummary } from "./rotation/summary.js";
import { Failure, get, getEarly, session, tell } from "./ui/api.js";
import { Confirm } from "./ui/confirm.js";
import { Connection } from "./ui/connection.js";
import { keys } from "./ui/keys.js";
import { Pages } from "./ui/pages.js";
import { askAnew, reach } from "./ui/reach.js";
import { Readiness } from "./ui/readiness.js";

/** Nobody nudges while the stream is away. */
const LOOK_EVERY = 10_000;
const ENDED = "Your session has ended. Please sign in again.";
const WELCOME = "See what your devices are doing right now. Please sign in to go on.";
const RETURN_TO = "fleetcast.return-to";
const part = (id) => document.getElementById(id);

let again = 0;
show("none");
start();

async function start() {
  clearTimeout(again);
  try {
    comeBack();
    // Over a slow link one sees every request that waits for the answer to another.
    getEarly("/api/devices");
    if (/^(#\/?(\?.*)?)?$/.test(location.hash)) getEarly(ACTIVITY);
    openConsole(await get("/api/auth/self"));
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.status === 401) askForLogin(failure.message.startsWith("Nobody can") ? failure.message : WELCOME);
    else {
      tell(part("outage-notice"), failure);
      part("outage-retry").onclick = start;
      again = setTimeout(start, LOOK_EVERY);
      show("outage");
    }
  }
}

function openConsole(user) {
  const fleet = new FleetcastClient();
  const devices = new Devices(part("devices"), () => pages.listed());
  const over = new AbortController();
  const pages = new Pages(part("console"), routes(fleet, devices, user, over.signal));
  const leave = () => {
    over.abort();
    fleet.close();
    pages.close();
    askForLogin(ENDED);
  };

  const { signal } = over;
  session.addEventListener("signed-out", leave, { signal });
  new Connection(part("bar"), fleet, signal);
  new Readiness(part("readiness"), signal);
  const rotation = new RotationSummary(part("rotation-foot"));
  let missed = false;
  const look = () => {
    pages.look();
    missed = pages.view === "rotation"; // it looks for itself, and a fleet that rotates nudges often
    if (missed) return;
    devices.load();
    rotation.load();
  };
  const go = () => {
    pages.go();
    if (missed) look();
  };
  const ready = () => {
    askAnew();
    look(); // a nudge may have been missed
  };
  fleet.addEventListener("state", ({ detail }) => detail.state === "signed-out" && leave(), { signal });
  fleet.addEventListener("nudge", look, { signal });
  fleet.addEventListener("ready", ready, { signal });
  const unsure = () => fleet.state.state !== "live" || reach.lostAt !== null;
  const timer = setInterval(() => !document.hidden && unsure() && look(), LOOK_EVERY);
  signal.addEventListener("abort", () => clearInterval(timer));
  window.addEventListener("hashchange", go, { signal });
  document.addEventListener("visibilitychange", () => document.hidden || look(), { signal });
  part("user").textContent = user.name || user.email || user.subject;
  part("user").title = `Signed in as ${user.subject} (${user.roles.join(", ") || "no roles"})`;
  listenToKeys(pages, signal);
  show("console");
  pages.go();
  look();
}

/** The address is the state; an address that means nothing else is the fleet. */
function routes(fleet, devices, user, signal) {
  const mayWrite = user.roles.includes("editor");
  const confirm = new Confirm(part("confirm"), signal);
  const drafts = new Drafts(user.subject);
  part("to-editor").textContent = mayWrite ? "Edit" : "Config";
  part("new-device").hidden = !mayWrite;
  const log = new LogPage(part("log"), devices, fleet);
  return [
    {
      view: "log",
      address: /^#\/devices\/(\d+(?:,\d+)*)(?:\?(.*))?$/,
      section: part("log"),
      link: "#/",
      list: true,
      page: log,
    },
    {
      view: "log",
      address: /^#\/logs()(?:\?(.*))?$/, // of no device in particular
      section: part("log"),
      link: "#/logs",
      page: log,
    },
    {
      view: "editor",
      address: /^#\/devices\/(?:(\d+)\/edit|new)$/,
      section: part("editor"),
      link: "#/",
      page: new DevicePage(part("editor"), mayWrite, confirm, drafts, devices),
    },
    {
      view: "rotation",
      address: /^#\/rotation$/,
      section: part("rotation-page"),
      link: "#/rotation",
      page: new RotationPage(part("rotation-page"), mayWrite, confirm),
    },
    {
      view: "models",
      address: /^#\/models(?:\/(\d+|new))?$/,
      section: part("models"),
      link: "#/models",
      page: new ModelsPage(part("models"), mayWrite, confirm, drafts),
    },
    {
      view: "dead-letters",
      address: /^#\/dead-letters(?:\?(.*))?$/,
      section: part("dead-letters"),
      link: "#/dead-letters",
      page: new DeadLettersPage(part("dead-letters"), devices, mayWrite, confirm),
    },
    {
      view: "fleet",
      address: /^/,
      section: part("fleet"),
      link: "#/",
      page: new FleetPage(part("fleet"), devices),
    },
  ];
}

function listenToKeys(pages, signal) {
  const to = (hash) => () => (location.hash = hash);
  keys.add("everywhere", "g f", "Go to the fleet", to("#/"));
  keys.add("everywhere", "g l", "Go to the log of all devices", to("#/logs"));
  keys.add("everywhere", "g r", "Go to the rotation", to("#/rotation"));
  keys.add("everywhere", "g m", "Go to the models", to("#/models"));
  keys.add("everywhere", "g d", "Go to the dead letters", to("#/dead-letters"));
  keys.listen(part("keys"), () => pages.view, signal);
  part("show-keys").addEventListener("click", () => keys.show(), { signal });
  const skip = (event) => {
    event.preventDefault(); // the address names a page, not a place on it
    part("main").focus();
  };
  part("skip").addEventListener("click", skip, { signal });
}

function askForLogin(why) {
  part("login-reason").textContent = why;
  // The part of the address behind # never reaches the server, so the way back is kept here.
  part("login-link").onclick = () => sessionStorage.setItem(RETURN_TO, location.hash);
  show("login");
  part("login-link").focus();
}

function comeBack() {
  const hash = sessionStorage.getItem(RETURN_TO);
  sessionStorage.removeItem(RETURN_TO);
  if (hash && !location.hash) history.replaceState(null, "", hash);
}

function show(name) {
  for (const id of ["not-loaded", "login", "outage", "console"]) part(id).hidden = id !== name;
}
