// Owns how one log line, or one gap between lines, becomes a row; device text is only ever text.

const LEVELS = { E: "Error", W: "Warning", I: "Info", D: "Debug", V: "Verbose" };
const ESP_IDF = /^([EWIDV]) \((\d+)\) ([^:]{1,64}):/;
const template = document.createElement("template");
template.content.append(rowShape());

/** A line of history or of the live stream as an entry: `id`, `at` (sorts as a string) and `draw()`. */
export function lineEntry(line) {
  const at = String(line.timestamp ?? line["@timestamp"]);
  return { id: line.id, at, draw: () => drawLine(line, at) };
}

/** A hole between two times; `fill(entry)` is called when the reader asks for what is missing. */
export function gapEntry(id, from, to, missed, fill) {
  const entry = { id, at: from, from, to, draw: () => drawGap(entry, missed, fill) };
  return entry;
}

function drawLine(line, at) {
  const row = template.content.firstElementChild.cloneNode(true);
  const [time, level, text] = row.children;
  const message = typeof line.message === "string" ? line.message : "";
  const prefix = ESP_IDF.exec(message);
  drawTime(time, at);
  drawLevel(row, level, line.level ?? prefix?.[1]);
  if (prefix) {
    const start = message.indexOf(prefix[3], prefix[0].length - prefix[3].length - 1);
    const end = start + prefix[3].length;
    text.append(part("prefix", message.slice(0, start)), part("tag", prefix[3]), message.slice(end));
  } else {
    if (line.tag != null && line.tag !== "") text.append(part("tag apart", asText(line.tag)), " ");
    text.append(message);
  }
  return row;
}

function drawTime(time, at) {
  const moment = new Date(at);
  time.dateTime = at;
  time.title = `${at.replace("T", " ").replace("Z", "")} UTC`;
  if (Number.isNaN(moment.getTime())) {
    time.textContent = at;
    return;
  }
  const clock = `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
  const today = moment.toDateString() === new Date().toDateString();
  const day = today ? "" : `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} `;
  time.append(day + clock, part("fraction", `.${String(moment.getMilliseconds()).padStart(3, "0")}`));
}

function drawLevel(row, level, sent) {
  if (sent == null || sent === "") return;
  const letter = asText(sent).charAt(0).toUpperCase();
  level.title = LEVELS[letter] ?? asText(sent);
  level.textContent = letter;
  if (LEVELS[letter]) row.dataset.level = letter;
}

function drawGap(entry, missed, fill) {
  const row = document.createElement("li");
  row.className = "row gap";
  const words = missed > 0 ? `${missed.toLocaleString()} lines were skipped here` : "Lines may be missing here";
  row.append(part("gap-words", words));
  if (entry.from && entry.to) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = "Load them";
    button.addEventListener("click", () => fill(entry));
    row.append(button);
  }
  return row;
}

function rowShape() {
  const row = document.createElement("li");
  row.className = "row";
  const level = part("level", "");
  const text = part("text", "");
  row.append(document.createElement("time"), level, text);
  return row;
}

function part(name, text) {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = text;
  return made;
}

function asText(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function two(number) {
  return String(number).padStart(2, "0");
}
