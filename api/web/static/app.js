// On every page. Nothing here is needed: it makes what works without it quicker.
import { keys } from "./keys.js";
import { t } from "./words.js";

const opener = (id) => {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
};

document.addEventListener("click", async (event) => {
  const found = event.target.closest("[data-opens], [data-closes], [data-copy], [data-print]");
  if (!found) return;
  if ("opens" in found.dataset && document.getElementById(found.dataset.opens)) {
    event.preventDefault();
    opener(found.dataset.opens);
  }
  if ("closes" in found.dataset) found.closest("dialog").close();
  if ("print" in found.dataset) window.print();
  if ("copy" in found.dataset) {
    await navigator.clipboard.writeText(found.dataset.copy);
    found.textContent = t("Copied");
  }
});

// A question before what cannot be taken back lightly.
document.addEventListener("submit", (event) => {
  const { sure } = event.target.dataset;
  if (sure && !window.confirm(sure)) event.preventDefault();
});

for (const found of document.querySelectorAll("[data-copy], [data-print], .script:not(section)")) found.hidden = false;

// On a narrow screen the parts of the service stand in one line: where one is, is in sight.
const here = document.querySelector(".places [aria-current]");
if (here) {
  const line = here.closest(".places");
  line.scrollLeft += here.getBoundingClientRect().left - line.getBoundingClientRect().left - line.clientWidth / 4;
}

// What was said after the last step, and what is wrong in a form, is read first.
document.querySelector("[data-said]")?.focus();

keys({
  "?": () => opener("keys"),
  "/": () => document.querySelector("[type=search]")?.focus(),
  g: () => document.querySelector(".places a")?.focus(),
});
document.getElementById("keys")?.addEventListener("keydown", (event) => {
  if (event.key === "?") event.currentTarget.close();
});
