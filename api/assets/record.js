// Keeps what was typed into one form of a record's page while another is sent, and warns before it would be lost.
//
// Every form is saved by itself, and after that the page is read anew. What stands unsaved in the others is kept in the
// tab's own storage until then. A section carries marks of what its fields said when it was made: where they say
// something else by now, the form goes back under its old version, so that the server shows both texts.

const page = document.getElementById("record");
// Of whoever is signed in: a tab outlives sessions, and nobody puts his name to what somebody else has typed.
const mine = `dmt-record-${page.dataset.user}-`;
const store = `${mine}${page.dataset.record}`;
try {
  const kept = Object.keys(sessionStorage).filter((key) => key.startsWith("dmt-record-"));
  for (const key of kept) if (!key.startsWith(mine)) sessionStorage.removeItem(key);
} catch {
  // Forbidden: nothing is kept there.
}

// By their addresses; of several with one address, by their order.
const forms = new Map();
for (const form of page.querySelectorAll("form[method=post]")) {
  const address = form.getAttribute("action");
  let name = address;
  for (let place = 2; forms.has(name); place += 1) name = `${address} ${place}`;
  forms.set(name, form);
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(store)) ?? {};
  } catch {
    return {};
  }
}

function write(kept) {
  try {
    if (Object.keys(kept).length > 0) sessionStorage.setItem(store, JSON.stringify(kept));
    else sessionStorage.removeItem(store);
  } catch {
    // Forbidden or full: what remains is the warning.
  }
}

const isBox = (field) => field.type === "checkbox" || field.type === "radio";

// What people type; no password, no file, nothing of ours.
const fieldsOf = (form) =>
  [...form.elements].filter(
    (field) =>
      field.matches("input, select, textarea") &&
      field.name !== "" &&
      !field.name.startsWith("_") &&
      !["hidden", "password", "file", "submit", "button"].includes(field.type),
  );

function differs(field) {
  if (isBox(field)) return field.checked !== field.defaultChecked;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const first = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(first, 0);
}

// What was refused is shown as it was typed, and is not saved either.
const isUnsaved = (form) => "refused" in form.dataset || fieldsOf(form).some(differs);

const own = (form, name) => form.elements.namedItem(name)?.value;

function mark(form, unsaved) {
  const note = form.querySelector(".unsaved");
  if (note) note.hidden = !unsaved;
}

function keep(name) {
  const form = forms.get(name);
  const kept = read();
  const unsaved = isUnsaved(form);
  if (unsaved) {
    const values = fieldsOf(form).map((field) => [field.name, isBox(field) ? field.checked : field.value]);
    kept[name] = { version: own(form, "_version"), base: own(form, "_base"), values };
  } else {
    delete kept[name];
  }
  write(kept);
  mark(form, unsaved);
}

function restore(form, { version, base, values }) {
  fieldsOf(form).forEach((field, place) => {
    const [name, value] = values[place] ?? [];
    if (name !== field.name) return;
    if (isBox(field)) field.checked = value;
    else field.value = value;
  });
  if (base !== undefined && base !== own(form, "_base")) {
    form.elements.namedItem("_version").value = version;
    form.elements.namedItem("_base").value = base;
  }
  for (let box = form.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
}

// Whether what was sent has been answered: done, or refused and shown as it was typed.
const address = new URL(location.href);
const isAnswered = address.searchParams.has("done") || address.pathname !== `/defects/${page.dataset.record}`;
if (address.searchParams.has("done")) {
  // Said once: when the page is read again, nothing new has been done.
  for (const name of ["done", "saved"]) address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
}

const kept = read();
for (const [name, state] of Object.entries(kept)) {
  if (state.sent && isAnswered) {
    delete kept[name];
    continue;
  }
  delete state.sent;
  const form = forms.get(name);
  // A form that is not to be written now may be so again.
  if (form === undefined) continue;
  restore(form, state);
  if (fieldsOf(form).some(differs)) mark(form, true);
  else delete kept[name];
}
write(kept);

let isSending = false;
for (const [name, form] of forms) {
  if ("refused" in form.dataset) keep(name);
  form.addEventListener("input", () => keep(name));
  form.addEventListener("submit", () => {
    const kept = read();
    if (kept[name]) kept[name].sent = true;
    write(kept);
    isSending = true;
  });
}

// Sending one form keeps the others; going elsewhere leaves them behind.
addEventListener("beforeunload", (event) => {
  if (!isSending && [...forms.values()].some(isUnsaved)) event.preventDefault();
});
addEventListener("pageshow", () => {
  isSending = false;
});
