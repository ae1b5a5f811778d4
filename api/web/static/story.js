// A story is printed whole: what is folded is opened for the printer, and folded again.
let opened = [];

window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("main details:not([open])")];
  for (const found of opened) found.open = true;
});
window.addEventListener("afterprint", () => {
  for (const found of opened) found.open = false;
});
