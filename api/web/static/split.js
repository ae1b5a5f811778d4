// Parts of a paper by dragging: the mark of a part's first page is moved to another page. The boxes are what is sent.
const list = document.getElementById("f-cut");

if (list) {
  const pages = [...list.children];
  const box = (page) => page.querySelector("input");
  const show = () => {
    let part = 0;
    for (const page of pages) {
      const begins = page === pages[0] || box(page).checked;
      if (begins) part += 1;
      page.classList.toggle("begins", begins);
      page.classList.toggle("even", part % 2 === 0);
      page.draggable = begins && page !== pages[0];
    }
  };
  let dragged = null;
  list.addEventListener("change", show);
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("li");
    event.dataTransfer.effectAllowed = "move";
  });
  list.addEventListener("dragover", (event) => { if (dragged) event.preventDefault(); });
  list.addEventListener("drop", (event) => {
    event.preventDefault();
    const onto = event.target.closest("li");
    if (dragged && onto && onto !== pages[0]) {
      box(dragged).checked = false;
      box(onto).checked = true;
      show();
    }
    dragged = null;
  });
  list.addEventListener("dragend", () => { dragged = null; });
  show();
}
