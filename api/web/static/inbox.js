// A department's papers by keys: rows with j and k; accept, send back, open with a, r and o.
import "./app.js"; // it says first what was done; only then is the next paper at hand
import { keys } from "./keys.js";

const rows = () => [...document.querySelectorAll("[data-row]")];
const at = () => rows().findIndex((row) => row.contains(document.activeElement));
const here = () => rows()[at()] ?? (rows().length ? null : document);

const move = (step) => {
  const all = rows();
  const next = all[Math.min(Math.max(at() + step, 0), all.length - 1)];
  next?.querySelector("[data-open]").focus();
};

keys({
  j: () => move(1),
  k: () => move(-1),
  a: () => here()?.querySelector("[data-accept]")?.requestSubmit(),
  r: () => here()?.querySelector("[data-return]")?.click(),
  o: () => here()?.querySelector("[data-open]")?.click(),
});

// After one was accepted the next is at hand.
if (document.querySelector("main > [data-said]")) document.querySelector("[data-open]")?.focus();
