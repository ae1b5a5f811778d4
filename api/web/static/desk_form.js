// The decision form: what differs from the suggestion, departments by keys or by the rules, evidence under the cursor.
import { headers } from "./send.js";

const ONE_LETTER = /^[a-z]$/, ONE_DIGIT = /^[1-9]$/;
const LABELS = ["document_type", "subject", "territory"];
const one = (selector, within = document) => within.querySelector(selector);

// The form of the paper that lies on the desk, as deeds; `null` where there is none.
export const decision = (form) => {
  if (!form) return null;
  const field = (name) => form.elements.namedItem(name);
  const first = one("[data-first]", form), department = field("department");
  const why = one("#why", form), reasons = [...form.querySelectorAll("input[name=reason]")];
  const confirm = one("[data-confirm]", form), send = one("[data-send]", form);
  let own = false; // the clerk has chosen a department: the rules no longer fill it in

  const chosen = () => one("input[name=choice]:checked", form)?.value || department.value;
  const differs = () => {
    if (!first) return false;
    const labels = [...form.querySelectorAll("select[data-was]")].some((found) => found.value !== found.dataset.was);
    return labels || chosen() !== first.value;
  };
  // What goes with a decision beside its labels: then it is sent, not confirmed.
  const more = () => Boolean(one("#entities").value || field("remark").value || field("study").checked
    || field("case_number").value !== field("case_shown").value || one("input[name=entity]:not(:checked)", form));
  const changed = () => differs() || more();

  const show = () => {
    if (why) why.hidden = !differs();
    if (first) send.hidden = Boolean(confirm) && !changed();
    if (confirm) confirm.hidden = confirm.disabled = changed();
  };
  const choose = (value, unit) => {
    const listed = [...form.querySelectorAll("input[name=choice]")].find((found) => found.value === value);
    if (listed) listed.checked = true; else one("input[name=choice][value='']", form)?.click();
    department.value = listed ? "" : value;
    const units = [...department.options].some((found) => found.value === value && "units" in found.dataset);
    field("unit").value = units ? (unit ?? (field("unit").value || field("territory").value)) : "";
    show();
  };
  const byRules = async () => {
    const sent = new URLSearchParams(LABELS.map((name) => [name, field(name).value]));
    if (!sent.get("document_type") || !sent.get("subject")) return;
    const answer = await fetch(`/desk/rule?${sent}`, { headers: headers() }).catch(() => null);
    if (!answer?.ok) return;
    const found = await answer.json();
    one("#by-rules").textContent = found.ground;
    if (!own) choose(found.department, found.unit);
  };

  form.addEventListener("change", ({ target }) => {
    if ((target.name === "choice" || target.name === "department") && target.value) { own = true; choose(target.value); }
    if (LABELS.includes(target.name)) byRules();
    if (target.name === "reason" && "words" in target.dataset) { one(".dk-extra", form).open = true; field("remark").focus(); }
    show();
  });
  form.addEventListener("input", show);

  const key = (pressed) => {
    if (ONE_DIGIT.test(pressed)) {
      const found = form.querySelectorAll(".dk-candidate input:not([value=''])")[Number(pressed) - 1];
      return found && (() => { own = true; choose(found.value); found.focus(); one("#why-not").scrollIntoView({ block: "nearest" }); });
    }
    const asked = ONE_LETTER.test(pressed) && first && !why.hidden && !reasons.some((reason) => reason.checked);
    const reason = asked ? reasons[pressed.charCodeAt(0) - 97] : null;
    return reason ? () => { reason.click(); reason.focus(); } : null;
  };
  const go = () => (changed() || field("compared") ? send : confirm)?.click();
  show();
  one("#why-not", form)?.classList.remove("waits");
  return { form, show, key, go, confirm: () => !confirm?.disabled && confirm?.click(), send: () => send?.click() };
};

// Evidence: the words that speak for a field light up while one is in it.
export const evidence = (desk, point) => {
  for (const field of desk.querySelectorAll("[data-field]")) {
    const words = [...desk.querySelectorAll(`.ev[data-for~="${field.dataset.field}"]`)];
    const light = (on) => {
      for (const found of words) found.classList.toggle("lit", on);
      point("lit", on ? words.map((found) => [found]) : []);
    };
    for (const [event, on] of [["focusin", true], ["mouseenter", true], ["focusout", false], ["mouseleave", false]])
      field.addEventListener(event, () => light(on));
    field.addEventListener("focusin", () => words[0]?.scrollIntoView({ block: "nearest" }));
  }
};
