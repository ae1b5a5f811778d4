// Over the picture of a page: its words, shapes around what was found among them, and what is pointed at in the text.
// Offsets are code points of the page's text; measures are tenths of a point, as the service draws the layer.
import { send } from "./send.js";

const SVG = "http://www.w3.org/2000/svg", BASE = 0.8, HIGH = 1.6, FAR = 2, UPRIGHT = 1.5, ROOM = 7;
const points = (text) => [...text].length;

// A word of the layer with its box: left, top, right, bottom.
const word = (node) => {
  const start = Number(node.dataset.s), end = start + points(node.textContent);
  if (node.dataset.b) return { start, end, box: node.dataset.b.split(" ").map(Number) };
  const [left, width] = ["x", "textLength"].map((name) => Number(node.getAttribute(name)));
  const [base, size] = ["y", "font-size"].map((name) => Number(node.parentNode.getAttribute(name)));
  return { start, end, box: [left, base - size, left + width, base - size + size / BASE] };
};

// Where characters stand: a word's box divided evenly, and boxes that go on in a line as one.
const part = ({ start, end, box: [left, top, right, bottom] }, from, to) => {
  if (bottom - top > UPRIGHT * (right - left)) return [left, top, right, bottom];
  const each = (right - left) / (end - start);
  return [left + each * (Math.max(from, start) - start), top, left + each * (Math.min(to, end) - start), bottom];
};
const beside = (one, next) => {
  const height = next[3] - next[1], gap = next[0] - one[2];
  const both = Math.max(one[3], next[3]) - Math.min(one[1], next[1]);
  return gap > -height / 2 && gap < FAR * height && both <= HIGH * Math.min(height, one[3] - one[1]);
};
const around = (one, next) => [Math.min(one[0], next[0]), Math.min(one[1], next[1]), Math.max(one[2], next[2]), Math.max(one[3], next[3])];
const boxes = (words, from, to) => {
  const lines = [];
  for (const found of words.filter(({ start, end }) => start < to && from < end)) {
    const next = part(found, from, to), last = lines.at(-1);
    if (last && beside(last, next)) lines[lines.length - 1] = around(last, next);
    else lines.push(next);
  }
  return lines;
};

// Where something stands in the text of its page: a range, or the elements of one thing.
const pageOf = (thing) => (thing instanceof Range ? thing.startContainer.parentElement : thing[0]).closest(".page");
const numberOf = (thing) => Number(pageOf(thing).dataset.page);
const span = (thing) => {
  const range = thing instanceof Range ? thing : new Range(), before = new Range();
  if (thing !== range) { range.setStartBefore(thing[0]); range.setEndAfter(thing.at(-1)); }
  before.setStart(pageOf(thing), 0);
  before.setEnd(range.startContainer, range.startOffset);
  const start = points(before.toString());
  return [start, start + points(range.toString())];
};

const drawn = (name, attributes = {}) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};
const rects = (found) => found.map(([x, y, right, bottom]) => drawn("rect", { x: x - ROOM, y: y - ROOM, width: right - x + 2 * ROOM, height: bottom - y + 2 * ROOM, rx: 15 }));

// The layer of the desk's pictures. `turn` shows another page.
export const layer = (desk, turn) => {
  const pictures = desk.querySelector("#pictures"), text = desk.querySelector("#text");
  const leaf = pictures?.querySelector(".dk-leaf-image"), region = pictures?.querySelector(".dk-picture");
  const shown = { found: [], now: [], lit: [] };
  let svg = null, page = 0, words = [], asked = 0;

  const marks = () => [...(text?.querySelectorAll(".dk-ent") ?? [])];
  const pieces = (index) => marks().filter((mark) => mark.dataset.e === index);

  // What was found in the text, as it is marked there now.
  const shapes = () => {
    if (!svg || !text) return;
    const made = drawn("g", { class: "dk-shapes" });
    const here = marks().filter((mark) => numberOf([mark]) === page && !mark.classList.contains("gone"));
    for (const index of new Set(here.map((mark) => mark.dataset.e))) {
      const found = pieces(index);
      const group = drawn("g", { class: [...found[0].classList].find((name) => name.startsWith("k-")), "data-e": index });
      group.append(drawn("title"), ...rects(boxes(words, ...span(found))));
      group.firstChild.textContent = `${found[0].title}: ${found.map((mark) => mark.textContent).join("")}`;
      made.append(group);
    }
    svg.querySelector(".dk-shapes")?.remove();
    svg.prepend(made);
  };
  const light = (name) => {
    svg?.querySelector(`.${name}`)?.remove();
    if (!svg) return;
    const made = drawn("g", { class: name });
    for (const thing of shown[name]) if (numberOf(thing) === page) made.append(...rects(boxes(words, ...span(thing))));
    const below = svg.querySelector(".dk-shapes"); // and above it are the words, so that these can still be pointed at
    if (below) below.after(made); else svg.prepend(made);
    if (name !== "found" && made.firstChild) bring(made.firstChild);
  };
  // The region alone is scrolled: were it the page, the text under the pointer would move away.
  const bring = (rect) => {
    const to = rect.getBoundingClientRect(), seen = region.getBoundingClientRect();
    if (to.top < seen.top || to.bottom > seen.bottom) region.scrollTop += to.top - seen.top - region.clientHeight / 3;
    if (to.left < seen.left || to.right > seen.right) region.scrollLeft += to.left - seen.left - region.clientWidth / 3;
  };
  const lay = (found) => {
    svg = found;
    words = svg ? [...svg.querySelectorAll("[data-s]")].map(word) : [];
    shapes();
    for (const name of Object.keys(shown)) light(name);
  };
  const load = async (number) => {
    const mine = asked += 1;
    svg?.remove();
    lay(null);
    page = number;
    try {
      const answer = await send(`${pictures.dataset.layer}${number}/layout.svg`, null, "GET");
      const found = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
      if (mine !== asked) return;
      leaf.append(document.adoptNode(found));
      lay(found);
    } catch { /* a picture without its layer is as good as before */ }
  };

  // Points at things in the text; `name` is found, now or lit, `go` whether their page is to be shown.
  const point = (name, things, go = false) => {
    shown[name] = things;
    if (!pictures || pictures.hidden) return;
    if (go && things.length && numberOf(things[0]) !== page) turn(numberOf(things[0])); else light(name);
  };

  // From the picture, the list and the text: what is under the pointer or has the focus is lit everywhere.
  const entity = (target) => {
    const index = target.closest("[data-e]")?.dataset.e;
    if (index !== undefined) return pieces(index);
    const node = target.closest("[data-s]");
    if (!node) return [];
    const { start, end } = word(node);
    const over = marks().find((mark) => {
      const [from, to] = numberOf([mark]) === page ? span([mark]) : [0, 0];
      return from < end && start < to;
    });
    return over ? pieces(over.dataset.e) : [];
  };
  const dim = () => { for (const mark of text?.querySelectorAll(".dk-ent.lit") ?? []) mark.classList.remove("lit"); };
  const look = (target, go) => {
    const found = target.closest ? entity(target) : [], ground = text && target.closest?.(".ev");
    dim();
    for (const mark of found) mark.classList.add("lit");
    point("lit", found.length ? [found] : ground ? [[ground]] : [], go);
    const told = svg?.querySelector(":scope > title") ?? svg?.appendChild(drawn("title"));
    if (told) told.textContent = found.length && target.closest("[data-s]") ? found[0].title : "";
  };
  const focused = () => { if (desk.contains(document.activeElement)) look(document.activeElement, false); else look(desk, false); };
  desk.addEventListener("pointerover", ({ target }) => { if (target.closest("#text, #pictures, [data-e]")) look(target, false); });
  desk.addEventListener("pointerout", ({ target }) => { if (target.closest("#text, #pictures, [data-e]")) focused(); });
  desk.addEventListener("focusin", ({ target }) => { if (target.closest("[data-e]")) look(target, true); });
  desk.addEventListener("focusout", ({ target }) => { if (target.closest("[data-e]")) look(desk, false); });
  pictures?.addEventListener("click", ({ target }) => {
    const [first] = target.closest("a") ? [] : entity(target);
    if (!first || !getSelection().isCollapsed) return;
    first.scrollIntoView({ block: "center" });
    first.focus({ preventScroll: true });
    first.click();
  });
  if (text) stops(text);
  const given = leaf?.querySelector(".dk-layer");
  if (given) { page = Number(desk.querySelector("#picture-page").textContent); lay(given); }
  return { load, point, refresh: shapes, light: () => Object.keys(shown).forEach(light) };
};

// One stop of the Tab key for all that was found in the text; arrows go on from there, Enter corrects.
const stops = (text) => {
  const all = () => [...text.querySelectorAll(".dk-ent[data-kind], .dk-ent.changed")];
  const fixed = document.getElementById("entity");
  for (const [place, mark] of all().entries()) {
    mark.tabIndex = place ? -1 : 0;
    if (fixed) mark.setAttribute("role", "button");
  }
  text.addEventListener("keydown", (event) => {
    const mark = event.target.closest(".dk-ent");
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!mark || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter" && fixed) { event.preventDefault(); mark.click(); }
    const next = by && all()[all().indexOf(mark) + by];
    if (!next) return;
    event.preventDefault();
    mark.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
};
