// Codes are put in order by dragging a row among its siblings; the buttons in the rows do the same without.
const form = document.querySelector("form[data-order]");
const rows = form ? [...form.querySelectorAll("tr[data-id]")] : [];
let held = null;

const siblings = (row) => rows.filter((other) => other.dataset.parent === row.dataset.parent);
const fits = (row) => held && held !== row && held.dataset.parent === row.dataset.parent;
const unmark = () => rows.forEach((row) => delete row.dataset.drop);

// The siblings' ids with the held row in the place of the one that it was dropped on.
const ordered = (onto) => {
  const all = siblings(held);
  const place = all.indexOf(onto);
  const rest = all.filter((row) => row !== held);
  rest.splice(place, 0, held);
  return rest.map((row) => row.dataset.id).join(",");
};

for (const row of rows) {
  if (siblings(row).length < 2) continue;
  row.draggable = true;
  row.addEventListener("dragstart", (event) => {
    held = row;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", row.dataset.id);
  });
  row.addEventListener("dragover", (event) => {
    if (!fits(row)) return;
    event.preventDefault();
    unmark();
    row.dataset.drop = "";
  });
  row.addEventListener("drop", (event) => {
    if (!fits(row)) return;
    event.preventDefault();
    form.elements._order.value = ordered(row);
    form.submit();
  });
  row.addEventListener("dragend", () => {
    held = null;
    unmark();
  });
}
