// The floor with a script: suggestions, hardware scanners, photos, and no loss without a network (queue.js).

const $ = (id) => document.getElementById(id);
const [page, finder, form, chosen, parts, tiles] = ['floor', 'find', 'report', 'chosen', 'parts', 'tiles'].map($);
const [partInput, quantity, center, photo, panel] = ['part_id', 'quantity_defective', 'work_center_id', 'photo', 'sent'].map($);
const partId = form.elements.namedItem('part_id');
// What the next report on this device begins with.
const REMEMBERED = { 'dmt-work-center': center, 'dmt-origin': $('origin') };
// By its address with its version, which an import in the text could not name.
const { ask, begin, keep, render, words } = await import(page.dataset.queue);
let canKeep = false;
let latest = null;
// The key of the refused report that is being written again: it is let go once the new one is kept.
let corrected = null;

// What is told at the top, and where the finger is wanted next.
function tell(text, field) {
  const told = document.createElement('p');
  told.className = 'notice';
  told.textContent = text;
  $('told').replaceChildren(...(text ? [told] : []));
  field?.focus();
}

// A piece of the page; nothing where it cannot be had.
async function piece(address) {
  try {
    const response = await fetch(address, { headers: { accept: 'text/html' }, signal: AbortSignal.timeout?.(8000) });
    return response.ok && !response.redirected ? await response.text() : null;
  } catch {
    return null;
  }
}

// The part.

// By hand, the next thing is what is wrong with it.
async function choose(part, isByHand = false) {
  partId.value = part ? part.id : '';
  chosen.textContent = part ? part.label : '';
  chosen.hidden = !part;
  if (!part) return;
  partInput.value = part.number;
  parts.replaceChildren();
  tell('');
  if (isByHand) goOn();
  const html = await piece(`/floor/codes?part_id=${part.id}`);
  // A tile that is taken already stays where it is.
  if (html === null || form.querySelector('[name=failure_code]:checked')) return;
  const isThere = tiles.contains(document.activeElement);
  tiles.innerHTML = html;
  if (isThere) goOn();
}

// Puts the focus on the tiles, unless it is somewhere else by now.
function goOn() {
  const { activeElement, body } = document;
  if (activeElement !== body && !finder.contains(activeElement)) return;
  (form.querySelector('[name=failure_code]:checked') ?? tiles.querySelector('input'))?.focus();
}

async function suggest() {
  const text = partInput.value.trim();
  const html = text ? await piece(`/floor/parts?q=${encodeURIComponent(text)}`) : '';
  if (html !== null && text === partInput.value.trim() && !partId.value) parts.innerHTML = html;
}

// Follows a code to the record of a tag, or to a part; says whether anybody could be asked.
async function follow(code, isByHand = false) {
  const answer = await ask(`/floor/find?code=${encodeURIComponent(code)}`, {}, 8);
  if (answer.body?.kind === 'record') {
    if (!isBegun() || confirm(words.leave)) location.assign(answer.body.to);
  } else if (answer.body?.kind === 'part') {
    await choose(answer.body.part, isByHand);
  } else if (partId.value && !answer.again && answer.body?.kind !== 'parts') {
    // The part that was chosen stays: whatever was scanned is none.
    tell(words.noPart);
  } else {
    choose(null);
    partInput.value = code;
    if (answer.again) tell(answer.reason);
    else await suggest();
  }
  return !answer.again;
}

// Whether somebody has begun to say what is wrong.
function isBegun() {
  const isSaid = [...form.querySelectorAll(OWN)].some((text) => text.value.trim());
  return isSaid || photo.files.length > 0 || Boolean(form.querySelector('[name=failure_code]:checked:not([value=""])'));
}

let typing = 0;
partInput.addEventListener('input', () => {
  choose(null);
  clearTimeout(typing);
  typing = setTimeout(suggest, 150);
});
finder.addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(typing);
  if (partInput.value.trim()) follow(partInput.value.trim(), true);
});
parts.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-id]');
  if (!link) return;
  event.preventDefault();
  choose({ ...link.dataset }, true);
});

// A scanner types faster than anybody: a burst of keys that ends with Enter, wherever the focus is. What it typed into
// a field is taken out of there again, unless the field is for it, as that of a lot is.
const OWN = '[name=lot_number], [name=title], [name=description], [name=hold_location]';
let burst = { keys: '', last: 0 };
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
  if (event.timeStamp - burst.last > 60) burst = { keys: '', field: event.target, value: event.target.value };
  burst.last = event.timeStamp;
  if (event.key === 'Enter' && burst.keys.length >= 4) {
    event.preventDefault();
    const { keys, field, value } = burst;
    if (field.matches?.(OWN)) {
      burst.keys = '';
      return;
    }
    if (typeof value === 'string' && field.value !== value) field.value = value;
    burst.keys = '';
    clearTimeout(typing);
    next();
    follow(keys.trim());
  } else if (event.key.length === 1) {
    burst.keys += event.key;
  }
}, true);

// The report.

// Whether a comma may stand between thousands: nobody counts on from there, and the server asks what is meant.
const isUnclear = (text) => /,\d{3}(,|\s*$)/.test(text) && !/^0,[^,]*$/.test(text);

for (const button of form.querySelectorAll('[data-step]')) {
  button.hidden = false;
  button.addEventListener('click', () => {
    if (isUnclear(quantity.value)) return quantity.focus();
    // In thousandths, because 127.996 + 1 is not 128.996 to a computer; a comma is a point.
    const thousandths = Math.round((Number(quantity.value.replace(',', '.')) || 0) * 1000);
    quantity.value = String(Math.max(1000, thousandths + Number(button.dataset.step) * 1000) / 1000);
  });
}

form.addEventListener('submit', async (event) => {
  // Without a place to keep it, it is sent as without a script.
  if (!canKeep) return;
  event.preventDefault();
  const button = form.querySelector('.send');
  button.disabled = true;
  try {
    await report();
  } finally {
    button.disabled = false;
  }
});

async function report() {
  const typed = partInput.value.trim();
  if (!partId.value && !typed) return tell(words.needPart, partInput);
  // A part that is not known yet is looked for now; without a network, when the report is sent.
  if (!partId.value && (await follow(typed)) && !partId.value) return tell(words.noPart, partInput);
  const tile = form.querySelector('[name=failure_code]:checked:not([value=""])');
  if (!tile && !$('title').value.trim()) {
    $('further').open = true;
    return tell(words.needFailure, $('title'));
  }
  const failure = tile ? tile.parentElement.querySelector('span').firstChild.textContent : $('title').value;
  const part = partId.value ? { id: partId.value, number: typed, label: chosen.textContent } : null;
  const said = {
    user: Number(page.dataset.user), name: page.dataset.name,
    label: [part?.label ?? typed, failure.trim(), quantity.value].join(' · '),
    part, typed: part ? '' : typed,
    fields: [...new FormData(form)].filter(([name, value]) => !name.startsWith('_') && value !== ''),
  };
  try {
    latest = await keep(said, photo.files[0] ?? null, corrected);
  } catch {
    return tell(words.noRoom);
  }
  try {
    for (const [name, field] of Object.entries(REMEMBERED)) localStorage.setItem(name, field.value);
  } catch { /* The last report's is taken next time. */ }
  clear();
  await render();
  panel.focus();
}

function clear() {
  const kept = Object.values(REMEMBERED).map((field) => [field, field.value]);
  corrected = null;
  form.reset();
  for (const field of form.querySelectorAll(`${OWN}, [name=supplier_id]`)) field.value = '';
  for (const input of form.querySelectorAll('[name=failure_code]')) input.checked = false;
  [quantity.value, partInput.value] = ['1', ''];
  for (const [field, value] of kept) field.value = value;
  choose(null);
  parts.replaceChildren();
  tell('');
}

// The report that was just sent has the page to itself until the next one.
function show(entries) {
  const entry = entries.find((one) => one.key === latest);
  panel.hidden = !entry;
  finder.hidden = form.hidden = Boolean(entry);
  if (!entry) return;
  $('sent-title').textContent = words[entry.state];
  panel.querySelector('.tag-number').textContent = entry.record?.tag_number ?? '';
  panel.querySelector('.reason').textContent = entry.record ? entry.label : `${entry.label}. ${entry.reason}`;
  for (const link of panel.querySelectorAll('[data-to]')) {
    link.hidden = !entry.record;
    if (entry.record) link.href = `/defects/${entry.record.id}${link.dataset.to === 'tag' ? '/tag' : ''}`;
  }
}

function next() {
  latest = null;
  return render();
}
panel.querySelector('[data-do=next]').addEventListener('click', async () => {
  await next();
  partInput.focus();
});

// Puts a report that was refused back into the form, where nobody is writing another.
function correct(entry) {
  if (isBegun()) return tell(words.busy, partInput);
  latest = null;
  clear();
  corrected = entry.key;
  for (const [name, value] of entry.fields) {
    const field = form.elements.namedItem(name);
    if (field?.type === 'checkbox') field.checked = true;
    else if (field && name !== 'part_id') field.value = value;
  }
  partInput.value = entry.part?.number ?? entry.typed;
  if (entry.part) choose(entry.part);
  if (entry.photo) {
    const files = new DataTransfer();
    files.items.add(new File([entry.photo], entry.photo.name || 'photo.jpg', { type: entry.photo.type }));
    photo.files = files.files;
  }
  $('further').open = true;
  tell(entry.reason, partInput);
}

// The beginning.

form.hidden = false;
try {
  for (const [name, field] of Object.entries(REMEMBERED)) {
    const value = localStorage.getItem(name);
    if (value && [...field.options].some((option) => option.value === value)) field.value = value;
  }
} catch { /* The last report's is taken. */ }

if ('serviceWorker' in navigator) {
  navigator.serviceWorker.register('/worker.js').catch(() => {});
  navigator.serviceWorker.ready.then(({ active }) => {
    const made = document.querySelectorAll('link[rel=stylesheet], link[rel=icon], link[rel=modulepreload], script[src]');
    active.postMessage([...made].map((element) => element.getAttribute('href') ?? element.getAttribute('src')));
  });
}
canKeep = await begin({ changed: show, correct });
$('photo-field').hidden = !canKeep;
