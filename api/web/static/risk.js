// The slider of the risk-coverage curve: the two lines of the outcome and the marks in the chart follow it at once,
// by the data of the table on the page.
const found = document.querySelector("[data-risk]");

const part = (name) => found.querySelector(`[data-mark=${name}]`);
const set = (element, values) => Object.entries(values).forEach(([name, value]) => element.setAttribute(name, value));

const start = () => {
  const slider = found.querySelector("input[type=range]");
  const output = found.querySelector("[data-out=error]");
  const total = Number(found.dataset.total);
  const [end, left, top, width, height] = ["end", "left", "top", "width", "height"].map((name) => Number(found.dataset[name]));
  const language = document.documentElement.lang;
  const share = (value) => new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value);
  const count = (value) => new Intl.NumberFormat(language).format(value);
  const rows = [...found.querySelectorAll("tr[data-threshold]")].map((row) => ({
    threshold: Number(row.dataset.threshold), coverage: Number(row.dataset.coverage), routed: Number(row.dataset.routed),
    rate: Number(row.dataset.rate), high: Number(row.dataset.high), told: row.querySelector("[data-told=rate]").textContent,
  }));

  const fill = (kind, row) => {
    const cell = (name) => found.querySelector(`[data-row=${kind}] [data-cell=${name}]`);
    const bold = (where, value, number) => {
      const strong = document.createElement("b");
      strong.textContent = share(value);
      where.replaceChildren(strong, number === null ? "" : ` (${count(number)})`);
    };
    bold(cell("routed"), row?.coverage ?? 0, row?.routed ?? null);
    bold(cell("people"), 1 - (row?.coverage ?? 0), total - (row?.routed ?? 0));
    cell("rate").textContent = row?.told ?? "—";
    cell("threshold").textContent = row ? share(row.threshold) : "—";
  };
  const draw = () => {
    const accepted = Number(slider.value) / 100;
    const [sure, seen] = ["high", "rate"].map((name) => rows.find((row) => row[name] <= accepted));
    output.textContent = share(accepted);
    slider.setAttribute("aria-valuetext", share(accepted));
    fill("sure", sure);
    fill("seen", seen);
    const across = (value) => left + Math.min(value, 1) * width;
    const down = (value) => top + height - Math.min(value / end, 1) * height;
    set(part("line"), { y1: down(accepted), y2: down(accepted) });
    for (const name of ["share", "dot"]) set(part(name), { visibility: seen ? "visible" : "hidden" });
    if (!seen) return;
    set(part("share"), { x1: across(seen.coverage), x2: across(seen.coverage), y1: down(seen.rate) });
    set(part("dot"), { cx: across(seen.coverage), cy: down(seen.rate) });
  };
  slider.addEventListener("input", draw);
  // The address keeps the choice; the page need not be loaded for it.
  slider.addEventListener("change", () => {
    const address = new URL(location.href);
    address.searchParams.set("error", slider.value);
    history.replaceState(null, "", address);
  });
  slider.form.querySelector("button").hidden = true;
};

if (found) start();
