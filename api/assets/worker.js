// Opens the floor without a network: keeps its page and what that is made of, and nothing else. Reports wait in the
// browser's database, where the page itself sends them from (queue.js).

const PAGE = '/floor';
const KEPT = 'dmt-floor-1';
// On bad Wi-Fi the page that is kept is better than a wait.
const PATIENCE = 4000;
const ANY = { cacheName: KEPT, ignoreVary: true };

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('message', (event) => event.waitUntil(keep(event.data).catch(() => {})));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  // The page shows a name; whoever signs out takes it along, and so does whoever signs in after a session that ended.
  const isOther = ['/sign-out', '/sign-in'].includes(url.pathname);
  if (request.method === 'POST' && isOther) event.waitUntil(caches.delete(KEPT));
  if (request.method !== 'GET') return;
  if (request.mode === 'navigate' && url.pathname === PAGE) event.respondWith(page(request));
  else if (url.pathname.startsWith('/assets/')) event.respondWith(asset(request));
});

// Keeps the assets of the page that is shown, and then the page, so that none is kept without its script; what it no
// longer names is let go.
async function keep(assets) {
  const kept = await caches.open(KEPT);
  await Promise.all(assets.map(async (asset) => (await kept.match(asset, ANY)) ?? kept.add(asset)));
  const answer = await fetch(PAGE, { headers: { accept: 'text/html' } });
  // Not the sign-in that is shown in its place.
  if (answer.status === 200 && !answer.redirected) await kept.put(PAGE, answer);
  for (const request of await kept.keys()) {
    const { pathname, search } = new URL(request.url);
    if (pathname !== PAGE && !assets.includes(pathname + search)) await kept.delete(request);
  }
}

async function page(request) {
  const asked = fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, null));
  const answer = await Promise.race([asked.catch(() => null), late]);
  // A redirection has no status here, and is the browser's to follow.
  if (answer && answer.status < 500) return answer;
  return (await caches.match(PAGE, ANY)) ?? asked;
}

async function asset(request) {
  return (await caches.match(request, ANY)) ?? fetch(request);
}
