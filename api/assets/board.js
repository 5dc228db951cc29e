// Moving cards of the board by dragging them. A column says from which states which action leads to it, and whether a reason is
// due; the form is sent as any other, and the server decides.

const columns = [...document.querySelectorAll("[data-status]")];
const cards = [...document.querySelectorAll("[data-id]")];
const dialog = document.getElementById("move-dialog");
const form = document.getElementById("move");
const reason = document.getElementById("move-reason");
let held = null;

// The action that leads from the state of the held card to a column.
function way(column) {
  if (!held) return null;
  const from = held.closest("[data-status]").dataset.status;
  const moves = column.dataset.moves.split(" ").map((move) => move.split(":"));
  const found = moves.find(([state]) => state === from);
  return found ? { action: found[1], needsReason: found[2] === "reason" } : null;
}

function take(event) {
  held = event.currentTarget;
  held.classList.add("held");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", held.querySelector("b").textContent);
  for (const column of columns) column.classList.toggle("open", way(column) !== null);
}

function leave() {
  if (held) held.classList.remove("held");
  held = null;
  for (const column of columns) column.classList.remove("open");
}

function move(card, column, { action, needsReason }) {
  form.elements.namedItem("id").value = card.dataset.id;
  form.elements.namedItem("_version").value = card.dataset.version;
  form.elements.namedItem("action").value = action;
  reason.value = "";
  reason.required = needsReason;
  if (!needsReason) {
    form.submit();
    return;
  }
  const tag = card.querySelector("b").textContent;
  const to = column.querySelector("h2 a").textContent;
  document.getElementById("move-title").textContent = `${tag} → ${to}`;
  dialog.showModal();
  reason.focus();
}

for (const card of cards) {
  card.draggable = true;
  card.addEventListener("dragstart", take);
  card.addEventListener("dragend", leave);
}

for (const column of columns) {
  column.addEventListener("dragover", (event) => {
    if (way(column)) event.preventDefault();
  });
  column.addEventListener("drop", (event) => {
    const found = way(column);
    if (!found) return;
    event.preventDefault();
    const card = held;
    leave();
    move(card, column, found);
  });
}

document.getElementById("move-cancel").addEventListener("click", () => dialog.close());
document.getElementById("move-hint").hidden = false;

// Kept by the browser as it was left, the page knows old versions, and its form was sent before.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
