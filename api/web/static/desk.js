// The desk: everything on it works without a script; this makes a confirmation one key and a correction three, and
// lays the next paper there without loading the whole page. Nothing is fetched ahead: what is fetched counts as read.
import { keys } from "./keys.js";
import { headers, send } from "./send.js";
import { decision, evidence } from "./desk_form.js";
import { entities } from "./desk_entities.js";
import { viewer } from "./desk_viewer.js";
import { t } from "./words.js";

const BEAT = 60_000;
const one = (selector, within = document) => within.querySelector(selector);
const press = (selector) => one(selector)?.click();
let now = {}, beat = 0;

const lost = (message) => {
  one("#lost p").textContent = message;
  one("#lost").hidden = false;
};

// A sign of life, so that nobody else takes the paper meanwhile.
const live = (desk) => {
  clearInterval(beat);
  if (!("held" in desk.dataset)) return;
  beat = setInterval(async () => {
    try { await send(`${desk.dataset.path}/heartbeat`, new URLSearchParams()); } catch (refused) {
      lost(refused.message);
      if (refused.message !== t("The service cannot be reached. Check the connection and try again.")) clearInterval(beat);
    }
  }, BEAT);
};

// Beside the paper: what is shown is fetched, and what is not shown is not.
const fill = async (place, address) => {
  try { place.innerHTML = await (await send(address, null, "GET")).text(); } catch (refused) { place.textContent = refused.message; }
};

const link = async (sent, related) => {
  try {
    const { version } = await (await send(sent.getAttribute("action"), new URLSearchParams(new FormData(sent)))).json();
    for (const field of document.querySelectorAll(".dk-side input[name=version]")) field.value = version;
    const address = new URL(related.dataset.src, location.href);
    if (address.searchParams.has("version")) address.searchParams.set("version", version);
    related.dataset.src = address.pathname + address.search;
    await fill(related, related.dataset.src);
  } catch (refused) { lost(refused.message); }
};

// What was answered takes the place of what was there.
const show = (text) => {
  const page = new DOMParser().parseFromString(text, "text/html");
  const found = page.getElementById("main");
  if (!found) { location.reload(); return; }
  if (!one("#desk", found)) { failed(found); return; }
  document.title = page.title;
  one("#main").replaceWith(document.adoptNode(found));
  for (const hidden of found.querySelectorAll("[data-print], [data-copy], .script:not(section)")) hidden.hidden = false;
  scrollTo(0, 0);
  (one("[data-said]", found) ?? found).focus();
  lay();
};

// An answer that has no desk is told above what was typed, which stays.
const failed = (page) => {
  lost([...page.querySelectorAll("h1, .lead")].map((part) => part.textContent.trim()).join(". "));
  delete one("#decide, #second")?.dataset.sent;
};

const pages = { ...headers(), Accept: "text/html" };

// A decision, and the next paper. What is refused is shown with what was typed.
const decide = async (form, button) => {
  if (form.dataset.sent) return;
  form.dataset.sent = "1";
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form, button)), headers: pages });
    if (answer.redirected) { location.assign(answer.url); return; } // the session has ended
    const onward = answer.headers.get("x-page");
    if (answer.status === 204) { location.assign(onward); return; }
    if (onward) history.pushState(null, "", onward);
    show(await answer.text());
  } catch {
    delete form.dataset.sent;
    lost(t("The service cannot be reached. Check the connection and try again."));
  }
};

const lay = () => {
  const desk = one("#desk");
  now = { desk: null, view: {} };
  clearInterval(beat);
  if (!desk) return;
  now = { desk, view: {}, decision: decision(one("#decide")), related: one("#related") };
  const over = viewer(desk, now.view);
  evidence(desk, over.point);
  if (now.decision) entities(now.decision.form, () => { now.decision.show(); over.refresh(); });
  if (now.related) fill(now.related, now.related.dataset.src);
  live(desk);
};

document.addEventListener("submit", (event) => {
  const sent = event.target;
  if (event.defaultPrevented || !now.desk?.contains(sent)) return;
  const links = sent.getAttribute("action").endsWith("/links");
  if (!links && sent.id !== "decide" && sent.id !== "second") return;
  event.preventDefault();
  if (links) link(sent, now.related); else decide(sent, event.submitter);
});
document.addEventListener("click", (event) => {
  const found = event.target.closest("[data-fetch]");
  if (!found) return;
  event.preventDefault();
  fill(document.getElementById(found.dataset.fetch), found.href);
});
window.addEventListener("popstate", () => location.reload());

const others = () => {
  const found = one(".dk-others");
  if (found) { found.open = true; one("select", found).focus(); }
};
const map = {
  c: () => (now.decision ? now.decision.confirm() : press("[data-confirm]")), s: () => now.decision?.send(),
  u: () => press("[data-key=u]"), q: () => press("[data-key=q]"), n: () => press("[data-key=n]"),
  o: others, f: () => one("#find")?.focus(), t: () => one("#f-document_type")?.focus(),
};
keys(new Proxy(map, { get: (known, key) => now.decision?.key(key) ?? now.view?.[key] ?? known[key] }));

// Enter confirms from anywhere but a field or a link; at a candidate or a reason it sends what was chosen.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (!("keys" in document.body.dataset) || one("dialog[open]")) return;
  if (event.target.closest("a, button, summary, textarea, select, input:not([type=radio])")) return;
  event.preventDefault();
  if (now.decision) now.decision.go(); else press("#second [data-confirm]");
});

lay();
