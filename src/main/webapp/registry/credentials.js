// Owns how an editor gets at the credentials of a device: shown when asked for, downloaded, and never kept.
import { save } from "../log/download.js";
import { Failure, get, post, tell } from "../ui/api.js";
import { make, makeLink } from "../ui/elements.js";

const NAMES = {
  device_key: "Key",
  client_id: "Client id",
  client_secret: "Client secret",
  token_url: "Token address",
  base_url: "Fleetcast",
  mqtt_url: "Broker",
  wifi_ssid: "Wi-Fi",
  wifi_password: "Wi-Fi password",
};

export class Credentials {
  #root;
  #device = null;
  #asked = 0;

  /** @param {HTMLElement} root holds `.client`, `.sync`, `.show`, `.download`, `.usb`, `.shown` and `.notice` */
  constructor(root) {
    this.#root = root;
    this.#part(".show").addEventListener("click", () => this.#toggle());
    this.#part(".download").addEventListener("click", () => this.#try((given) => save(asFile(given), `${given.client_id}.json`)));
    this.#part(".usb form").addEventListener("submit", (event) => {
      event.preventDefault();
      const size = Number(this.#part(".usb-size").value);
      this.#try((given) => save(asImage(given), this.#image), `?partition_size=${size}`);
    });
    this.#part(".usb form").addEventListener("input", () => this.#command());
    this.#part(".sync").addEventListener("click", () => this.#sync());
  }

  /** Which device it is about; what was shown of another is gone. */
  of(device) {
    if (this.#device?.id === device.id) return;
    this.clear();
    this.#device = device;
    this.#command();
    this.#look();
  }

  clear() {
    this.#device = null;
    this.#asked++;
    this.#show(null);
    this.#part(".client").replaceChildren();
    this.#part(".sync").hidden = true;
    tell(this.#part(".notice"), null);
  }

  #look() {
    return this.#client(get(`/api/devices/${this.#device.id}/keycloak-status`));
  }

  #sync() {
    return this.#client(post(`/api/devices/${this.#device.id}/keycloak-sync`));
  }

  /** Whether the issuer of credentials knows the device's client. */
  async #client(answer) {
    const asked = ++this.#asked;
    try {
      const status = await answer;
      if (asked !== this.#asked) return;
      const words = status.exists ? " is known to the issuer of credentials." : " is missing at the issuer of credentials.";
      const link = status.console_url ? makeLink(status.console_url, "", "Open it there") : null;
      this.#part(".client").replaceChildren(make("code", "", status.client_id), words, " ", ...(link ? [link] : []));
      this.#part(".sync").hidden = status.exists;
      tell(this.#part(".notice"), null);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      if (asked === this.#asked) tell(this.#part(".notice"), failure, () => this.#look());
    }
  }

  #toggle() {
    if (this.#part(".shown").hidden) this.#try((given) => this.#show(given));
    else this.#show(null);
  }

  get #image() {
    return `${this.#device.client_id}.bin`;
  }

  /** What to type when the partition is downloaded. */
  #command() {
    this.#part(".usb-command").textContent = `esptool.py write_flash ${this.#part(".usb-offset").value.trim()} ${this.#image}`;
  }

  async #try(then, query = "") {
    const device = this.#device;
    try {
      const given = await get(`/api/devices/${device.id}/provisioning${query}`);
      if (device !== this.#device) return;
      tell(this.#part(".notice"), null);
      then(given);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      if (device === this.#device) tell(this.#part(".notice"), failure, () => this.#try(then, query));
    }
  }

  #show(given) {
    const shown = this.#part(".shown");
    shown.hidden = given === null;
    this.#part(".show").textContent = given ? "Hide credentials" : "Show credentials";
    const parts = Object.entries(given ?? {}).flatMap(([name, value]) => [
      make("dt", "", NAMES[name] ?? name),
      make("dd", "", value === null ? make("span", "muted", "not set") : make("code", "", String(value))),
    ]);
    shown.replaceChildren(...parts);
  }

  #part(selector) {
    return this.#root.querySelector(selector);
  }
}

/** The bytes of a partition. */
function asImage({ data }) {
  return new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: "application/octet-stream" });
}

function asFile(given) {
  return new Blob([`${JSON.stringify(given, null, 2)}\n`], { type: "application/json" });
}
