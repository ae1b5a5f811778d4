// The slider of the risk-coverage curve: the two lines of the outcome and the marks in the chart follow it at once,
// by the data of the table on the page.
const found = document.querySelector("[data-risk]");

const part = (name) => found.querySelector(`[data-mark=${name}]`);
const set = (element, values) => Object.entries(values).forEach(([name, value]) => element.setAttribute(name, value));

const start = () => {
  const slider = found.querySelector("input[type=range]");
  const output = found.querySelector("[data-out=error]");
  const [end, left, top, width, height] = ["end", "left", "top", "width", "height"].map((name) => Number(found.dataset[name]));
  // Numbers are told as the server tells them: browsers do not know every language's form.
  const percent = (value) => found.dataset.form.replace(/0(.)5/, (_, sign) => value.toFixed(1).replace(".", sign));
  const rows = [...found.querySelectorAll("tr[data-coverage]")].map((row) => ({
    coverage: Number(row.dataset.coverage), rate: Number(row.dataset.rate), high: Number(row.dataset.high),
    told: Object.fromEntries([...row.querySelectorAll("[data-told]")].map((cell) => [cell.dataset.told, cell.textContent])),
    people: row.dataset.people, rest: row.dataset.rest,
  }));

  const fill = (kind, row) => {
    const cell = (name) => found.querySelector(`[data-row=${kind}] [data-cell=${name}]`);
    const bold = (where, share, number) => {
      const strong = document.createElement("b");
      strong.textContent = share;
      where.replaceChildren(strong, number ? ` (${number})` : "");
    };
    bold(cell("routed"), row?.told.coverage ?? percent(0), row?.told.routed);
    bold(cell("people"), row?.people ?? percent(100), row?.rest ?? found.dataset.total);
    cell("rate").textContent = row?.told.rate ?? "—";
    cell("threshold").textContent = row?.told.threshold ?? "—";
  };
  const draw = () => {
    const accepted = Number(slider.value) / 100;
    const [sure, seen] = ["high", "rate"].map((name) => rows.find((row) => row[name] <= accepted));
    output.textContent = percent(Number(slider.value));
    slider.setAttribute("aria-valuetext", output.textContent);
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
