// Owns the page that shows the log of the device that the address names.
import { keys } from "./keys.js";

/** @implements {import("./pages.js").Page} */
export class LogPage {
  #log;
  #devices;

  /** @param {import("./logview.js").LogView} log @param {import("./devices.js").Devices} devices */
  constructor(log, devices) {
    this.#log = log;
    this.#devices = devices;
    keys.add("log", "f", "Go to the newest line and follow", () => log.follow());
  }

  open([, ids]) {
    const id = Number(ids.split(",")[0]);
    if (id !== this.#log.deviceId) this.#log.open(id);
    this.#devices.mark(id);
    this.listed();
  }

  close() {
    this.#log.close();
    this.#devices.mark(null);
  }

  listed() {
    const device = this.#devices.find(this.#log.deviceId);
    if (device) this.#log.describe(device);
  }
}
