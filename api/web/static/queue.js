// The queue: search as you type, keys for rows, and a line that says when new papers have come. Rows never move by
// themselves: the reader asks for them.
import { keys } from "./keys.js";
import { plural } from "./words.js";

const EVERY = 30_000, PAUSE = 250;
const list = () => document.getElementById("list");
const field = document.getElementById("f-q");
let timer, asked = 0;

const swap = async (address) => {
  const turn = ++asked;
  const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || turn !== asked) return;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("list");
  if (!found) return;
  list().replaceWith(found);
  history.replaceState(null, "", address);
};

field?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const sent = new URLSearchParams(new FormData(field.form));
    if (!field.value.trim()) sent.delete("q");
    swap(`/queue${sent.size ? `?${sent}` : ""}`);
  }, PAUSE);
});

const news = async () => {
  if (document.hidden || field?.value) return;
  const answer = await fetch(`/queue/news?since=${encodeURIComponent(list().dataset.since)}`).catch(() => null);
  if (!answer?.ok) return;
  const found = (await answer.json()).new;
  const line = document.getElementById("news");
  if (!found || line.dataset.count === String(found)) return;
  line.dataset.count = found;
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = plural("%(num)s new paper", "%(num)s new papers", found);
  line.replaceChildren(link);
};
setInterval(news, EVERY);
document.addEventListener("visibilitychange", news);

const step = (by) => {
  const rows = [...list().querySelectorAll("tbody th :is(button, a)")];
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(at + by, 0), rows.length - 1)]?.focus();
};

keys({
  j: () => step(1),
  k: () => step(-1),
  n: () => document.querySelector("form[action^='/queue/take'] button")?.click(),
  u: () => document.querySelector("[data-key=u]")?.click(),
});
