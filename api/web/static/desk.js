// The desk: keys, what differs from the suggestion, evidence under the cursor, and what lies beside the paper.
// Everything works without it; it makes a confirmation one key, and a correction three.
import { keys } from "./keys.js";
import { headers, send } from "./send.js";
import { entities } from "./desk_entities.js";
import { viewer } from "./desk_viewer.js";
import { t } from "./words.js";

const BEAT = 60_000;
const desk = document.getElementById("desk");
const form = document.getElementById("decide");
const path = desk.dataset.path;
const one = (selector, within = document) => within.querySelector(selector);
const press = (selector) => one(selector)?.click();

// What differs from the suggestion: then a reason is asked for, and sending replaces confirming.
const first = form && one("[data-first]", form);
const department = form?.elements.namedItem("department");
const chosen = () => one("input[name=choice]:checked", form)?.value || department.value;
const changed = () => {
  if (!form || !first) return false;
  const fields = [...form.querySelectorAll("select[data-was]")].some((field) => field.value !== field.dataset.was);
  return fields || chosen() !== first.value;
};
// What goes with a decision beside its labels: then it is sent, not confirmed.
const other = () => Boolean(one("#entities").value || one("#f-remark").value || form.elements.namedItem("study").checked
  || form.elements.namedItem("case_number").value !== form.elements.namedItem("case_shown").value
  || form.querySelector("input[name=entity]:not(:checked)"));
const withUnits = (value) => [...department.options].some((o) => o.value === value && "units" in o.dataset);

const show = () => {
  if (!form) return;
  const differs = changed();
  one("#why").hidden = !differs && Boolean(first);
  const confirm = one("[data-confirm]", form), send = one("[data-send]", form);
  if (first) send.hidden = Boolean(confirm) && !differs && !other();
  if (confirm) confirm.hidden = confirm.disabled = differs || other();
};

const choose = (value, unit) => {
  const radio = [...form.querySelectorAll("input[name=choice]")].find((found) => found.value === value);
  if (radio) { radio.checked = true; department.value = ""; } else {
    const other = one("input[name=choice][value='']", form);
    if (other) other.checked = true;
    department.value = value;
  }
  const field = form.elements.namedItem("unit");
  field.value = withUnits(value) ? (unit ?? (field.value || form.elements.namedItem("territory").value)) : "";
  show();
};

let own = false; // the clerk has chosen a department themselves: the rules no longer fill it in
const byRules = async () => {
  const sent = new URLSearchParams();
  for (const name of ["document_type", "subject", "territory"]) sent.set(name, form.elements.namedItem(name).value);
  if (!sent.get("document_type") || !sent.get("subject")) return;
  const answer = await fetch(`/desk/rule?${sent}`, { headers: headers() }).catch(() => null);
  if (!answer?.ok) return;
  const found = await answer.json();
  one("#by-rules").textContent = found.ground;
  if (!own) choose(found.department, found.unit);
};

form?.addEventListener("change", ({ target }) => {
  if (target.name === "choice" && target.value) { own = true; choose(target.value); }
  if (target.name === "department" && target.value) { own = true; choose(target.value); }
  if (["document_type", "subject", "territory"].includes(target.name)) byRules();
  if (target.name === "reason" && "words" in target.dataset) one(".dk-extra").open = true, one("#f-remark").focus();
  show();
});
form?.addEventListener("input", show);

// Evidence: the words that speak for a field light up while one is in it.
const light = (field, on) => {
  for (const found of document.querySelectorAll(`.ev[data-for~="${field}"]`)) found.classList.toggle("lit", on);
};
for (const field of document.querySelectorAll("[data-field]")) {
  const name = field.dataset.field;
  for (const [event, on] of [["focusin", true], ["mouseenter", true], ["focusout", false], ["mouseleave", false]])
    field.addEventListener(event, () => light(name, on));
  field.addEventListener("focusin", () => one(`.ev[data-for~="${name}"]`)?.scrollIntoView({ block: "nearest" }));
}

// Beside the paper: what is shown is fetched, and what is not shown is not.
const fill = async (place, address) => {
  try { place.innerHTML = await (await send(address, null, "GET")).text(); } catch (refused) { place.textContent = refused.message; }
};
const related = document.getElementById("related");
if (related) fill(related, related.dataset.src);
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-fetch]");
  if (!link) return;
  event.preventDefault();
  fill(document.getElementById(link.dataset.fetch), link.href);
});
related?.addEventListener("submit", async (event) => {
  const sent = event.target;
  if (!sent.action.endsWith("/links")) return;
  event.preventDefault();
  try {
    const { version } = await (await send(sent.action, new URLSearchParams(new FormData(sent)))).json();
    for (const field of document.querySelectorAll(".dk-side input[name=version]")) field.value = version;
    const address = new URL(related.dataset.src, location.href);
    if (address.searchParams.has("version")) address.searchParams.set("version", version);
    related.dataset.src = address.pathname + address.search;
    await fill(related, related.dataset.src);
  } catch (refused) { one("#lost").textContent = refused.message; one("#lost").hidden = false; }
});

// A sign of life, so that nobody else takes the paper meanwhile.
if ("held" in desk.dataset) {
  const beat = setInterval(async () => {
    try { await send(`${path}/heartbeat`, new URLSearchParams()); } catch (refused) {
      one("#lost").textContent = refused.message;
      one("#lost").hidden = false;
      if (refused.message !== t("The service cannot be reached. Check the connection and try again.")) clearInterval(beat);
    }
  }, BEAT);
}

// One press, one decision: a second one while the first is under way would only be refused.
form?.addEventListener("submit", (event) => {
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => { if (form) delete form.dataset.sent; });

const confirm = () => {
  if (form && (changed() || other() || form.elements.namedItem("compared"))) press("[data-send]");
  else press("[data-confirm]:enabled");
};
const map = {
  c: () => press("[data-confirm]:enabled"), s: () => press("[data-send]"),
  u: () => press("[data-key=u]"), q: () => press("[data-key=q]"), n: () => press("[data-key=n]"),
  o: () => { const found = one(".dk-others"); if (found) { found.open = true; one("select", found).focus(); } },
  f: () => one("#find")?.focus(), t: () => one("#f-document_type")?.focus(),
};
const reasons = [...document.querySelectorAll("#why input[name=reason]")];
const whole = new Proxy(map, {
  get: (known, key) => {
    if (/^[1-9]$/.test(key)) {
      const found = form?.querySelectorAll(".dk-candidate input[value]:not([value=''])")[Number(key) - 1];
      return found && (() => { own = true; choose(found.value); found.focus(); one("#why-not").scrollIntoView({ block: "nearest" }); });
    }
    const reason = form && !one("#why").hidden && /^[a-z]$/.test(key) ? reasons[key.charCodeAt(0) - 97] : null;
    if (reason && !reasons.some((r) => r.checked)) return () => { reason.click(); };
    return known[key];
  },
});
keys(whole);

// Enter confirms from anywhere but a field or a link; at a candidate or a reason it sends what was chosen.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (!("keys" in document.body.dataset) || one("dialog[open]")) return;
  const typing = event.target.closest("a, button, summary, textarea, select, input:not([type=radio])");
  if (typing) return;
  event.preventDefault();
  confirm();
});

viewer(desk, whole === map ? {} : map);
if (form) entities(form, show);
show();
