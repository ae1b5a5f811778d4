// Tables whose rows are chosen: one box for all of them, and how many are chosen.
import { t } from "./words.js";

for (const form of document.querySelectorAll("form.picks")) {
  const boxes = [...form.querySelectorAll("tbody input[type=checkbox]")];
  const all = form.querySelector("[data-all]");
  const told = form.querySelector("[data-chosen]");

  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    if (all) {
      all.checked = chosen > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    if (told) told.textContent = t("Chosen: %(num)s", { num: chosen });
  };

  if (all) {
    all.closest("label").hidden = boxes.length === 0;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      count();
    });
  }
  form.addEventListener("change", count);
  count();
}
