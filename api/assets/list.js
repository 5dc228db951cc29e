// The keyboard of the list: j k x Enter f / and ?, which tells of them. Single keys can be turned off there (WCAG 2.1.4);
// nothing here is needed to use the page.

const rows = [...document.querySelectorAll("[data-row]")];
const dialog = document.getElementById("keys");
const opener = document.getElementById("keys-open");
const toggle = document.getElementById("keys-on");
const all = document.getElementById("pick-all");
const KEPT = "dmt-keys";

// A browser that keeps nothing has the keys on.
function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep(value) {
  try {
    localStorage.setItem(KEPT, value);
  } catch {
    // Then it holds for this page.
  }
}

const link = (row) => row.querySelector("th a");
const box = (row) => row.querySelector("input[name=pick]");
const boxes = () => rows.map(box).filter(Boolean);
const current = () => rows.findIndex((row) => row.contains(document.activeElement));

function go(step) {
  const at = current();
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
  if (rows[next]) link(rows[next]).focus();
}

function pick() {
  const row = rows[current()];
  const ticked = row && box(row);
  if (ticked) ticked.click();
}

function open() {
  const row = rows[current()];
  if (row) link(row).click();
}

function enter(id) {
  const field = document.getElementById(id);
  field.focus();
  field.select();
}

const keys = {
  j: () => go(1),
  k: () => go(-1),
  x: pick,
  Enter: open,
  f: () => enter("filter"),
  "/": () => enter("q"),
  "?": () => dialog.showModal(),
};

// Where letters are typed, and where Enter has a meaning of its own.
const TYPED = "input:not([type=checkbox]), select, textarea, dialog";
const PRESSED = "a, button, summary";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest(TYPED)) return;
  if (event.key === "Enter" && (current() < 0 || event.target.closest(PRESSED))) return;
  const act = keys[event.key];
  if (!act || !toggle.checked || dialog.open) return;
  event.preventDefault();
  act();
});

opener.hidden = false;
opener.addEventListener("click", () => dialog.showModal());
document.getElementById("keys-close").addEventListener("click", () => dialog.close());
toggle.checked = kept() !== "off";
toggle.addEventListener("change", () => keep(toggle.checked ? "on" : "off"));

if (all) {
  all.parentElement.hidden = false;
  all.addEventListener("change", () => {
    for (const one of boxes()) one.checked = all.checked;
  });
}
