// Names and numbers in the text: click one to correct or remove it, select words to add one. Offsets are code points of
// the page's text, as the service counts them. What was changed goes with the decision, as the whole list.
const points = (text) => [...text].length;

export const entities = (form, changed) => {
  const text = document.getElementById("text"), dialog = document.getElementById("entity");
  const field = document.getElementById("entities");
  if (!text || !dialog) return;
  const boxes = [...form.querySelectorAll("input[name=entity]")];
  const list = boxes.map((box) => JSON.parse(box.value));
  let current = null;

  const keep = () => {
    field.value = JSON.stringify(list.filter((entity, index) => entity && (!boxes[index] || boxes[index].checked)));
    changed();
  };
  const ask = (entity, words, known) => {
    current = { entity, known };
    document.getElementById("entity-text").textContent = words;
    document.getElementById("entity-label").value = entity.label;
    document.getElementById("entity-role").value = entity.role ?? "";
    document.getElementById("entity-remove").hidden = !known;
    dialog.returnValue = "";
    dialog.showModal();
  };

  dialog.addEventListener("close", () => {
    if (!current || !dialog.returnValue) { current = null; return; }
    const { entity, known } = current;
    if (dialog.returnValue === "remove") {
      const index = list.indexOf(entity);
      if (boxes[index]) boxes[index].checked = false; else list[index] = null;
      for (const mark of marks(index)) mark.classList.add("gone");
    } else {
      const label = document.getElementById("entity-label"), role = document.getElementById("entity-role");
      entity.label = label.value;
      entity.role = role.value || null;
      entity.value = null; // it was told for what it was before
      if (!known) list.push(entity);
      const told = label.selectedOptions[0].textContent;
      const drawn = known ? marks(list.indexOf(entity)) : [draw(entity, list.length - 1)];
      for (const mark of drawn.filter(Boolean)) { mark.title = told; mark.classList.add("changed"); mark.classList.remove("gone"); if ("kind" in mark.dataset || !known) mark.dataset.kind = told; }
    }
    current = null;
    keep();
  });
  form.addEventListener("change", (event) => { if (event.target.name === "entity") keep(); });

  const marks = (index) => [...text.querySelectorAll(`.dk-ent[data-e="${index}"]`)];
  text.addEventListener("click", (event) => {
    const mark = event.target.closest(".dk-ent");
    if (!mark || !getSelection().isCollapsed) return;
    const index = Number(mark.dataset.e), entity = list[index];
    if (entity) ask(entity, marks(index).map((part) => part.textContent).join(""), true);
  });

  let range = null;
  text.addEventListener("mouseup", () => {
    const selection = getSelection();
    if (selection.isCollapsed) return;
    range = selection.getRangeAt(0);
    const page = range.startContainer.parentElement.closest(".page");
    if (!page || page !== range.endContainer.parentElement?.closest(".page")) return;
    const before = new Range();
    before.setStart(page, 0);
    before.setEnd(range.startContainer, range.startOffset);
    const raw = range.toString(), words = raw.trim();
    if (!words || words.length > 300) return;
    const start = points(before.toString()) + points(raw.slice(0, raw.indexOf(words)));
    ask({ label: "PERSON", page: Number(page.dataset.page), start, end: start + points(words), role: null, value: null }, words, false);
  });
  const draw = (entity, index) => {
    const mark = document.createElement("mark");
    mark.className = "dk-ent k-who";
    mark.dataset.e = index;
    try { range.surroundContents(mark); } catch { return null; } // across other marks: it is kept all the same
    getSelection().removeAllRanges();
    return mark;
  };
};
