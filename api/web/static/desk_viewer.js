// How the paper is shown: text, pictures of its pages or both, larger or turned; words found in its text.
import { layer } from "./desk_layer.js";
import { plural } from "./words.js";

const LARGEST = 4, SMALLEST = 0.25, VIEWS = ["text", "pages", "both"], KEPT = "desk-view";

export const viewer = (desk, map) => {
  const pictures = document.getElementById("pictures");
  const text = document.getElementById("text");
  const image = pictures?.querySelector("img"), leaf = pictures?.querySelector(".dk-leaf-image");
  const sheets = desk.querySelector(".dk-sheets");
  let page = Number(document.getElementById("picture-page")?.textContent ?? 1), size = 1, turns = 0;

  const last = () => Number(pictures.dataset.last ?? Infinity);
  const look = () => {
    image.src = pictures.dataset.src + page;
    image.alt = pictures.dataset.alt.replace("{}", page);
    image.closest("a")?.setAttribute("href", pictures.dataset.src + page);
    document.getElementById("picture-page").textContent = page;
    over.load(page);
  };
  const over = layer(desk, (to) => { page = to; look(); });
  const step = (by) => {
    if (!pictures || pictures.hidden) return;
    const to = Math.min(Math.max(page + by, 1), last());
    if (to !== page) { page = to; look(); }
  };
  const fit = () => {
    leaf.style.width = `${size * 100}%`;
    leaf.style.rotate = `${turns * 90}deg`;
    const spare = turns % 2 ? (leaf.offsetWidth - leaf.offsetHeight) / 2 : 0; // it is turned in its place
    leaf.style.marginBlock = `${spare}px`;
    leaf.style.marginInline = `${-spare}px`;
  };
  const view = (name) => {
    if (!pictures || !text) return false;
    pictures.hidden = name === "text";
    text.hidden = name === "pages";
    sheets.dataset.view = name;
    sessionStorage.setItem(KEPT, name);
    for (const link of desk.querySelectorAll("[data-view]"))
      link.toggleAttribute("aria-current", false), link.dataset.view === name && link.setAttribute("aria-current", "page");
    if (name !== "text" && !image.getAttribute("src")) look(); else over.light();
    return true;
  };

  desk.addEventListener("click", (event) => {
    const found = event.target.closest("[data-view], [data-step], [data-zoom], [data-turn]");
    if (!found) return;
    if ("view" in found.dataset) { if (view(found.dataset.view)) event.preventDefault(); return; }
    if ("step" in found.dataset) { if (text) { event.preventDefault(); step(Number(found.dataset.step)); } return; }
    if ("zoom" in found.dataset) size = Math.min(Math.max(size * Number(found.dataset.zoom), SMALLEST), LARGEST);
    if ("turn" in found.dataset) turns = (turns + 1) % 4;
    fit();
  });
  map["["] = () => step(-1);
  map["]"] = () => step(1);
  map.v = () => view(VIEWS[(VIEWS.indexOf(sheets.dataset.view) + 1) % VIEWS.length]);
  if (text) finder(text, over.point);
  const kept = sessionStorage.getItem(KEPT); // who looks at papers in one way looks at the next one so, too
  if (VIEWS.includes(kept) && kept !== sheets.dataset.view && !location.search) view(kept);
  return over;
};

// Letters as they are compared: one stays one, which `toLowerCase` does not keep to at "İ", and whoever has no "ı" types "i".
const folded = (text) => text.replace(/[İı]/g, "i").toLowerCase();

// Words in the text: shown by the browser's own highlights, so that the text stays as it is.
const finder = (text, point) => {
  const field = document.getElementById("find"), count = document.getElementById("find-count");
  if (!globalThis.CSS?.highlights || !field) return;
  let found = [], at = -1;
  const runs = () => {
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT), nodes = [];
    let whole = "";
    for (let node = walker.nextNode(); node; node = walker.nextNode()) { nodes.push([whole.length, node]); whole += node.data; }
    return [nodes, folded(whole)];
  };
  const place = (nodes, offset) => {
    const [start, node] = nodes.findLast(([start]) => start <= offset);
    return [node, Math.min(offset - start, node.length)];
  };
  const look = () => {
    const wanted = folded(field.value.trim());
    found = [], at = -1;
    if (wanted.length > 1) {
      const [nodes, whole] = runs();
      for (let from = whole.indexOf(wanted); from >= 0 && found.length < 500; from = whole.indexOf(wanted, from + wanted.length)) {
        const range = new Range();
        range.setStart(...place(nodes, from));
        range.setEnd(...place(nodes, from + wanted.length));
        found.push(range);
      }
    }
    CSS.highlights.set("found", new Highlight(...found));
    point("found", found);
    count.textContent = wanted.length > 1 ? plural("%(num)s place", "%(num)s places", found.length) : "";
    go(1);
  };
  const go = (by) => {
    CSS.highlights.delete("found-now");
    if (!found.length) { point("now", []); return; }
    at = (at + by + found.length) % found.length;
    CSS.highlights.set("found-now", new Highlight(found[at]));
    found[at].startContainer.parentElement.scrollIntoView({ block: "center" });
    point("now", [found[at]], true);
  };
  field.addEventListener("input", look);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); go(event.shiftKey ? -1 : 1); }
    if (event.key === "Escape") { field.value = ""; look(); field.blur(); }
  });
};
