// Owns the page of the whole fleet: what there is, or what to do when there is nothing yet.

/** @implements {import("./pages.js").Page} */
export class FleetPage {
  title = "";
  #section;
  #nav;
  #devices;

  /** @param {HTMLElement} section @param {HTMLElement} nav @param {import("./devices.js").Devices} devices */
  constructor(section, nav, devices) {
    this.#section = section;
    this.#nav = nav;
    this.#devices = devices;
    this.#part("#first-steps").textContent = firstSteps(location.origin);
    this.#part("#look-again").addEventListener("click", () => devices.load());
  }

  open() {
    this.listed();
  }

  close() {}

  listed() {
    const { none } = this.#devices;
    this.#part("#no-devices").hidden = !none;
    this.#part("#welcome").hidden = none;
    this.#nav.classList.toggle("empty", none);
  }

  #part(selector) {
    return this.#section.querySelector(selector);
  }
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
