// The queue: search as you type, keys for rows, and a line that says when new papers have come. Rows never move by
// themselves: the reader asks for them.
import { keys } from "./keys.js";
import { plural } from "./words.js";

const EVERY = 30_000, PAUSE = 250;
const list = () => document.getElementById("list");
const field = document.getElementById("f-q");
const ROWS = "tbody th :is(button, a)";
let timer, asked = 0, place = null;

// What takes the place of the list, with the filters that go with it. Whether there was an answer that still counts.
const swap = async (address) => {
  const turn = ++asked;
  const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || turn !== asked) return false;
  if (answer.redirected) { location.reload(); return false; } // the session has ended
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.getElementById("list");
  if (!found || turn !== asked) return false;
  found.style.minHeight = `${list().offsetHeight}px`; // what is below does not jump with each letter
  list().replaceWith(found);
  renew(page);
  history.replaceState(null, "", address);
  return true;
};
const renew = (page) => {
  const pairs = (selector) => {
    const [old, fresh] = [document, page].map((found) => [...found.querySelectorAll(selector)]);
    return old.length === fresh.length ? old.map((each, index) => [each, fresh[index]]) : [];
  };
  for (const [old, fresh] of pairs(".sieve .filter")) if (!old.contains(document.activeElement)) old.replaceWith(fresh);
  for (const [old, fresh] of pairs(".sieve form")) old.action = fresh.getAttribute("action");
};

field?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const sent = new URLSearchParams(new FormData(field.form));
    if (!field.value.trim()) sent.delete("q");
    if (await swap(`/queue${sent.size ? `?${sent}` : ""}`)) {
      const found = field.value.trim() && list().querySelector(".empty .title, :scope > .hint");
      document.getElementById("told").textContent = found ? found.firstChild.textContent : "";
    }
  }, PAUSE);
});

// Papers that have come: shown when the reader asks, among the others and marked, with the focus on the row it was on.
const fresh = async () => {
  const numbers = () => [...list().querySelectorAll(ROWS)];
  const known = new Set(numbers().map((row) => row.textContent)), at = scrollY;
  if (!(await swap(location.pathname + location.search))) return;
  document.getElementById("news").replaceChildren();
  const come = numbers().filter((row) => !known.has(row.textContent));
  for (const row of come) row.closest("tr").classList.add("fresh");
  const onward = numbers().find((row) => row.textContent === place) ?? come[0] ?? list().querySelector("[role=region], a");
  onward?.focus({ preventScroll: place !== null });
  if (place !== null) scrollTo(0, at);
};
document.addEventListener("focusin", ({ target }) => { if (target.matches(`#list ${ROWS}`)) place = target.textContent; });

const news = async () => {
  if (document.hidden || field?.value) return;
  const answer = await fetch(`/queue/news?since=${encodeURIComponent(list().dataset.since)}`).catch(() => null);
  if (!answer?.ok) return;
  const found = (await answer.json()).new;
  const line = document.getElementById("news"), count = String(found);
  if (!found || (line.dataset.count === count && line.firstChild)) return;
  line.dataset.count = count;
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = plural("%(num)s new paper", "%(num)s new papers", found);
  link.addEventListener("click", (event) => { event.preventDefault(); fresh(); });
  line.replaceChildren(link);
};
setInterval(news, EVERY);
document.addEventListener("visibilitychange", news);

const step = (by) => {
  const rows = [...list().querySelectorAll(ROWS)];
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(at + by, 0), rows.length - 1)]?.focus();
};

keys({
  j: () => step(1),
  k: () => step(-1),
  n: () => document.querySelector("form[action^='/queue/take'] button")?.click(),
  u: () => document.querySelector("[data-key=u]")?.click(),
});
