// Reports that wait in the browser for a network.
//
// A report is kept in the browser's database before anything is sent, under a key of its own with which the server does
// it once. What is told of it is what is known: waiting, sent, not sent and why, or asked for so long ago without an
// answer that nobody can know. It leaves the list when somebody takes it off, or a day after it was sent.

export const words = document.getElementById('words').dataset;
const place = document.getElementById('queue');
const user = Number(document.getElementById('floor').dataset.user);
// The server knows a key for a day; an hour is left for clocks that differ.
const KNOWN = 23 * 3600 * 1000;
let database = null;
let told = () => {};
let corrected = () => {};

// Asks the server: what it says, or why there is nothing; `again` where there may be something later.
export async function ask(address, options = {}, seconds = 30) {
  let response;
  try {
    const headers = { accept: 'application/json', ...options.headers };
    const signal = AbortSignal.timeout?.(seconds * 1000);
    response = await fetch(address, { cache: 'no-store', signal, ...options, headers });
  } catch {
    return { again: true, reason: words.offline };
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body) return { body };
  // Something on the way has answered, such as the sign-in of a wireless network.
  if (response.ok || !body) return { again: true, reason: words.offline };
  if (response.status === 401) return { again: true, reason: words.signIn };
  const again = response.status >= 500 || [408, 429].includes(response.status) || response.headers.has('retry-after');
  return { again, reason: body.reasons?.join(' ') || body.detail || body.title, kind: body.type ?? '' };
}

// Opens the database and sends what waits in it, now and from time to time. `changed` is called with all that is kept,
// `correct` with a report that was refused and is to be written again. Says whether there is a place to keep anything.
export async function begin({ changed, correct }) {
  [told, corrected] = [changed, correct];
  database = await new Promise((resolve) => {
    const opening = indexedDB.open('dmt-floor', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('reports', { keyPath: 'key' });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => resolve(null);
  });
  if (!database) return false;
  navigator.storage?.persist?.().catch(() => {});
  const isOld = (entry) => entry.state === 'sent' && !waits(entry) && Date.now() - entry.made > KNOWN;
  for (const entry of (await all()).filter(isOld)) await drop(entry.key);
  await render();
  send();
  addEventListener('online', send);
  document.addEventListener('visibilitychange', () => document.hidden || send());
  setInterval(send, 30000);
  return true;
}

const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

// Keeps a report, in place of one that was refused, and sends it as soon as that is possible; gives it its key.
export async function keep(said, file, instead) {
  const entry = {
    ...said, key: fresh(), made: Date.now(), state: 'pending', reason: '', tried: 0, record: null,
    photo: file, photoState: file ? 'pending' : '', photoKey: fresh(), photoTried: 0,
  };
  await put(entry);
  if (instead) await drop(instead);
  send();
  return entry.key;
}

function store(mode, act) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction('reports', mode);
    const request = act(transaction.objectStore('reports'));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}
const put = (entry) => store('readwrite', (reports) => reports.put(entry));
const drop = (key) => store('readwrite', (reports) => reports.delete(key));
const all = async () => (await store('readonly', (reports) => reports.getAll())).sort((a, b) => b.made - a.made);
const waits = (entry) => entry.state === 'pending' || (entry.state === 'sent' && entry.photoState === 'pending');

// One page at a time sends what waits; `asked` where something came in the meantime.
let sending = false;
let asked = false;
async function send() {
  asked = true;
  if (sending) return;
  sending = true;
  try {
    while (asked) {
      asked = false;
      await (navigator.locks ? navigator.locks.request('dmt-floor', sendAll) : sendAll());
      await render();
    }
  } finally {
    sending = false;
  }
}

async function sendAll() {
  const waiting = (await all()).filter(waits).reverse();
  if (waiting.length === 0) return;
  // What waited is sent with the proof of the session that there is now, and in nobody else's name.
  const session = await ask('/floor/proof');
  const proof = session.body?.proof;
  const own = [];
  for (const entry of waiting) {
    const isOther = session.body && session.body.user_id !== entry.user;
    if (session.body && !isOther) own.push(entry);
    else await put({ ...entry, reason: isOther ? `${words.other} ${entry.name}` : session.reason });
  }
  // A photo that cannot be sent holds up no report.
  for (const entry of own) if (!(await report(entry, proof))) return;
  for (const entry of own) if (!(await attach(entry, proof))) return;
}

// Sends a report; says whether the next one may be tried.
async function report(entry, proof) {
  if (entry.state !== 'pending') return true;
  if (entry.typed) {
    const answer = await ask(`/floor/find?code=${encodeURIComponent(entry.typed)}`);
    if (answer.again) return note(entry, answer);
    if (answer.body?.kind !== 'part') return note(entry, { reason: answer.body ? words.whichPart : words.noPart });
    entry.fields.push(['part_id', String(answer.body.part.id)]);
    entry.typed = '';
  }
  if (entry.tried && Date.now() - entry.tried > KNOWN) return note(entry, { kind: 'key-reused' });
  entry.tried ||= Date.now();
  await put(entry);
  const body = new URLSearchParams([...entry.fields, ['_proof', proof], ['_key', entry.key]]);
  const answer = await ask('/floor/reports', { method: 'POST', body });
  if (!answer.body) return note(entry, answer);
  Object.assign(entry, { state: 'sent', reason: '', record: answer.body });
  await put(entry);
  return true;
}

// Keeps why a report was not taken: for now, for good, or so that nobody knows.
async function note(entry, { again, reason, kind }) {
  if (/(key-reused|duplicate)$/.test(kind)) Object.assign(entry, { state: 'unsure', reason: words.unsureWhat });
  else if (again) Object.assign(entry, { reason });
  else Object.assign(entry, { state: 'failed', reason, tried: 0 });
  await put(entry);
  return !again;
}

// Sends the photo of a report that was taken.
async function attach(entry, proof) {
  if (entry.state !== 'sent' || entry.photoState !== 'pending') return true;
  const isLate = entry.photoTried && Date.now() - entry.photoTried > KNOWN;
  entry.photoTried ||= Date.now();
  await put(entry);
  const body = new FormData();
  body.append('file', entry.photo, entry.photo.name || 'photo.jpg');
  const headers = { 'x-proof': proof, 'idempotency-key': entry.photoKey };
  const address = `/floor/reports/${entry.record.id}/photo`;
  const answer = isLate ? { reason: words.unsureWhat } : await ask(address, { method: 'POST', body, headers }, 600);
  if (answer.body) Object.assign(entry, { photo: null, photoState: '', reason: '' });
  else Object.assign(entry, { photoState: answer.again ? 'pending' : 'failed', reason: answer.reason });
  await put(entry);
  return !answer.again;
}

// What is shown of it.

function make(name, text, attributes = {}) {
  const element = document.createElement(name);
  element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

const TAGS = { pending: 'tag warn', sent: 'tag good', failed: 'tag bad', unsure: 'tag bad' };
const ACTS = { pending: [], sent: ['done'], failed: ['again', 'correct', 'discard'], unsure: ['again', 'discard'] };

// What may be done with a report. Somebody else's is not written again, as that would be in one's own name.
function actsOf(entry) {
  if (waits(entry)) return [];
  const again = entry.state === 'sent' && entry.photoState === 'failed' ? ['again'] : [];
  return [...again, ...ACTS[entry.state]].filter((act) => act !== 'correct' || entry.user === user);
}

function row(entry) {
  const item = make('li', '', { class: 'card' });
  const when = new Date(entry.made).toLocaleString(document.documentElement.lang, { dateStyle: 'short', timeStyle: 'short' });
  const line = make('p', '');
  line.append(make('span', words[entry.state], { class: TAGS[entry.state] }));
  const whose = entry.user === user ? '' : `, ${entry.name}`;
  line.append(` ${entry.record?.tag_number ?? ''} ${entry.label}, ${when}${whose}`);
  item.append(line);
  if (entry.state === 'sent' && entry.photoState) item.append(make('p', entry.photoState === 'failed' ? words.photoFailed : words.photoPending));
  if (entry.reason) item.append(make('p', entry.reason, { class: 'hint' }));
  const acts = make('p', '', { class: 'acts' });
  if (entry.record) acts.append(make('a', `${words.tag} ${entry.record.tag_number}`, { class: 'button second', href: `/defects/${entry.record.id}/tag` }));
  if (entry.reason === words.signIn) acts.append(make('a', words.signInDo, { class: 'button', href: '/sign-in?to=%2Ffloor' }));
  for (const act of actsOf(entry)) {
    const button = make('button', words[act], { type: 'button', class: 'second', 'data-do': act, 'data-key': entry.key });
    button.append(make('span', ` ${entry.label}`, { class: 'unseen' }));
    acts.append(button);
  }
  item.append(acts);
  return item;
}

export async function render() {
  if (!database) return;
  const entries = await all();
  place.hidden = entries.length === 0;
  place.querySelector('ul').replaceChildren(...entries.map(row));
  told(entries);
}

place.addEventListener('click', async (event) => {
  const { do: act, key } = event.target.closest('[data-do]')?.dataset ?? {};
  const entry = act && (await all()).find((one) => one.key === key);
  if (!entry) return;
  if (act === 'again') {
    const anew = entry.state === 'sent' ? { photoState: 'pending', photoTried: 0 } : { state: 'pending', tried: 0 };
    await put({ ...entry, ...anew, reason: '' });
    send();
  } else if (act === 'correct') {
    corrected(entry);
  } else {
    await drop(key);
  }
  await render();
});
