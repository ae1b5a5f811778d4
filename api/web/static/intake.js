// Intake, file by file: each goes by itself, so that each has its own progress, number and error.
import { plural, t } from "./words.js";
import { headers, refusal } from "./send.js";

const AT_ONCE = 2;
const form = document.getElementById("intake");
const input = document.getElementById("f-file");
const drop = document.getElementById("drop");
const progress = document.getElementById("progress");
const rows = progress?.querySelector("tbody");
const waiting = [];
let running = 0, done = 0, failed = 0;

const cell = (row, ...content) => {
  const made = document.createElement("td");
  made.append(...content);
  row.append(made);
  return made;
};

const tell = () => {
  document.getElementById("progress-count").textContent = String(done);
  if (running || waiting.length) return;
  const told = [plural("%(num)s paper is registered", "%(num)s papers are registered", done)];
  if (failed) told.push(plural("%(num)s file was refused", "%(num)s files were refused", failed));
  document.getElementById("progress-said").textContent = told.join(". ");
};

const body = (file, key) => {
  const sent = new FormData();
  for (const [name, value] of new FormData(form)) if (name !== "file" && name !== "key") sent.append(name, value);
  sent.append("key", key);
  sent.append("file", file, file.name);
  return sent;
};

const refused = (row, job, said) => {
  failed += 1;
  const again = document.createElement("button");
  again.type = "button";
  again.className = "quiet small";
  again.textContent = t("Try again");
  again.addEventListener("click", () => {
    failed -= 1;
    row.remove();
    add(job.file, job.key);
    (rows.querySelector("button") ?? document.getElementById("progress-title")).focus(); // the button is no more
  });
  const message = document.createElement("span");
  message.className = "error";
  message.textContent = said;
  row.replaceChildren();
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = t("It is not registered. Correct what is wrong and try again, or choose another file.");
  cell(row, job.file.name).className = "name";
  cell(row, message, hint);
  cell(row, again);
};

const start = (job) => {
  running += 1;
  const { row, bar } = job;
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
  request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; });
  request.addEventListener("loadend", () => {
    running -= 1;
    if (request.status === 201) {
      done += 1;
      const part = new DOMParser().parseFromString(`<table>${request.responseText}</table>`, "text/html");
      row.replaceWith(...part.querySelectorAll("tr"));
    } else {
      refused(row, job, refusal(request.status, request.getResponseHeader("content-type"), request.responseText));
    }
    tell();
    next();
  });
  request.send(body(job.file, job.key));
};

const next = () => { while (running < AT_ONCE && waiting.length) start(waiting.shift()); };

const add = (file, key = crypto.randomUUID?.() ?? String(Math.random()).slice(2) + Date.now()) => {
  const row = document.createElement("tr");
  const bar = document.createElement("progress");
  bar.setAttribute("aria-label", t("Sending %(name)s", { name: file.name }));
  bar.value = 0;
  cell(row, file.name).className = "name";
  cell(row, bar);
  cell(row);
  progress.hidden = false;
  rows.append(row);
  waiting.push({ file, key, row, bar });
  next();
};

const whole = (reader) => new Promise((found, lost) => { reader.readEntries(found, lost); });

// The files in a file or a folder; `unread` takes the names of what the browser may not read.
const inside = async (entry, unread) => {
  try {
    if (entry.isFile) return [await new Promise((found, lost) => { entry.file(found, lost); })];
    const reader = entry.createReader(), found = [];
    for (let part = await whole(reader); part.length; part = await whole(reader)) found.push(...part);
    return (await Promise.all(found.map((each) => inside(each, unread)))).flat();
  } catch {
    unread.push(entry.name);
    return [];
  }
};

if (form) {
  const folder = document.createElement("input");
  folder.type = "file";
  folder.webkitdirectory = true;
  const said = document.getElementById("drop-said");
  const take = (files, unread = []) => {
    for (const file of files) add(file);
    said.textContent = unread.length ? t("These could not be read: %(names)s. Choose them again.", { names: unread.join(", ") })
      : files.length ? "" : t("There is no file in it.");
  };

  document.getElementById("folder").addEventListener("click", () => folder.click());
  folder.addEventListener("change", () => { take([...folder.files]); folder.value = ""; });
  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    take([...input.files]);
    input.value = "";
  });
  // Anywhere on the page: beside the frame the browser would open the file in place of the page.
  const brings = (event) => event.dataTransfer.types.includes("Files");
  document.addEventListener("dragover", (event) => { if (brings(event)) { event.preventDefault(); drop.classList.add("over"); } });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
  document.addEventListener("drop", async (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    drop.classList.remove("over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean), unread = [];
    const files = [...event.dataTransfer.files];
    take(entries.length ? (await Promise.all(entries.map((each) => inside(each, unread)))).flat() : files, unread);
  });
  window.addEventListener("beforeunload", (event) => { if (running || waiting.length) event.preventDefault(); });
}
