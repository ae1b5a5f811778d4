// Single keys as shortcuts: `keys({ j: next, k: previous })`. They rest while somebody types, with a modifier held, and
// where the reader has switched them off (WCAG 2.1.4).
const typing = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

export const keys = (map) => {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (!("keys" in document.body.dataset) || typing(event.target) || document.querySelector("dialog[open]")) return;
    const deed = map[event.key];
    if (!deed) return;
    event.preventDefault();
    deed(event);
  });
};
