// Owns the page as a whole: who is signed in, which device the address names, and who hears of what.
import { Failure, get, session, tell } from "./api.js";
import { Connection } from "./connection.js";
import { Devices } from "./devices.js";
import { FleetcastClient } from "./fleetcast-client.js";
import { LogView } from "./logview.js";
import { Rotation } from "./rotation.js";

const RETURN_TO = "fleetcast.return-to";
const part = (id) => document.getElementById(id);

start();

async function start() {
  show("none");
  try {
    const user = await get("/api/auth/self");
    comeBack();
    openConsole(user);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.status === 401) askForLogin("See what your devices are doing right now. Please sign in to go on.");
    else {
      tell(part("outage-notice"), failure);
      part("outage-retry").onclick = start;
      show("outage");
    }
  }
}

function openConsole(user) {
  const fleet = new FleetcastClient();
  const log = new LogView(part("log"), fleet);
  const devices = new Devices(part("devices"), () => describe(devices, log));
  const over = new AbortController();
  const leave = (why) => {
    over.abort();
    fleet.close();
    log.close();
    askForLogin(why);
  };

  const { signal } = over;
  session.addEventListener("signed-out", () => leave("Your session has ended. Please sign in again."), { signal });
  new Connection(part("bar"), fleet, signal);
  const rotation = new Rotation(part("rotation"), part("rotate-dialog"), user.roles.includes("editor"), signal);
  const look = () => {
    devices.load();
    rotation.load();
  };
  const ended = ({ state, why }) => state === "signed-out" && leave(why || "Your session has ended. Please sign in again.");
  fleet.addEventListener("state", ({ detail }) => ended(detail), { signal });
  fleet.addEventListener("nudge", look, { signal });
  fleet.addEventListener("ready", look, { signal }); // a nudge may have been missed
  window.addEventListener("hashchange", () => route(devices, log), { signal });
  document.addEventListener("visibilitychange", () => document.hidden || look(), { signal });
  document.addEventListener("keydown", (event) => isPlain(event, "f") && log.follow(), { signal });
  part("look-again").addEventListener("click", () => devices.load());
  part("first-steps").textContent = firstSteps(location.origin);
  part("user").textContent = user.name || user.email || user.subject;
  part("user").title = `Signed in as ${user.subject} (${user.roles.join(", ") || "no roles"})`;
  show("console");
  look();
  route(devices, log);
}

/** The address is the state: `#/devices/<id>` is the log of that device, everything else the list alone. */
function route(devices, log) {
  const named = /^#\/devices\/(\d+)$/.exec(location.hash);
  const id = named ? Number(named[1]) : null;
  if (id === null) log.close();
  else if (id !== log.deviceId) log.open(id);
  devices.mark(id);
  describe(devices, log);
  // On a narrow screen the list gives way to the log, and the focus must not vanish with it.
  const focused = document.activeElement;
  if (id !== null && focused !== document.body && focused.offsetParent === null) part("log-title").focus();
}

function describe(devices, log) {
  const open = log.deviceId !== null;
  const device = open ? devices.find(log.deviceId) : null;
  if (device) log.describe(device);
  part("console").dataset.view = open ? "log" : devices.none ? "empty" : "list";
  part("no-devices").hidden = open || !devices.none;
  part("welcome").hidden = open || devices.none;
  document.title = open ? `${part("log-title").textContent} · Fleetcast` : "Fleetcast";
}

/** Whether a key was pressed for the page, and not to write something or to command the browser. */
function isPlain(event, key) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.key.toLowerCase() !== key) return false;
  return !event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
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
  for (const id of ["login", "outage", "console"]) part(id).hidden = id !== name;
}

function firstSteps(origin) {
  const call = (path, body) =>
    `curl -X POST ${origin}${path} \\\n  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\\n  -d '${body}'`;
  const config = JSON.stringify({ deviceName: "Living room", deviceEntityId: "sensor.living_room" });
  return [
    call("/api/device-models", JSON.stringify({ code: "sensor", name: "Sensor" })),
    call("/api/devices", JSON.stringify({ device_model_id: 1, config })),
  ].join("\n\n");
}
