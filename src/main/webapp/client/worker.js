// The shared worker: the hub of all tabs. A file of its own, so that a strict Content-Security-Policy lets it run.
import { Hub } from "./hub.js";

const hub = new Hub();
self.addEventListener("connect", (event) => hub.accept(event.ports[0]));
