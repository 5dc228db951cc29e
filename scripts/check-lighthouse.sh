#!/usr/bin/env bash
# Lighthouse on home, list, a record and the floor of `dmt serve --demo`, as on a desk and as on a phone. Fails below a
# performance of 95 (the median of the runs), accessibility of 100 and best practices of 95 (the lowest).
#   scripts/check-lighthouse.sh [runs]      of each page on each; 3 unless said otherwise
# DMT_BIN: the program (default: the release build, made here). Needs chromium, npm (scripts/browser.sh) and curl; reports
# as HTML and JSON in target/lighthouse. Other work on the machine lowers the performance.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-3}
version=12.8.2 # 13 wants a newer node than Debian has
port=${DMT_LIGHTHOUSE_PORT:-18110}
home=$PWD/target/tools/lighthouse reports=$PWD/target/lighthouse
if [ -z "${DMT_BIN:-}" ]; then cargo build --quiet --release --locked -p api && DMT_BIN=target/release/dmt; fi
dmt=$(realpath "$DMT_BIN")
unset DMT_BIN # no setting of dmt
for program in chromium npm curl; do
  command -v $program >/dev/null || { echo "check-lighthouse: there is no $program; scripts/browser.sh installs chromium and npm" >&2; exit 1; }
done
CHROME_PATH=$(command -v chromium)
export CHROME_PATH

lighthouse=$home/node_modules/.bin/lighthouse
if [ "$("$lighthouse" --version 2>/dev/null || true)" != "$version" ]; then
  mkdir -p "$home"
  npm install --silent --no-fund --no-audit --prefix "$home" "lighthouse@$version"
fi

folder=$(mktemp -d)
cleanup() {
  # shellcheck disable=SC2046 # one word for each
  kill $(jobs -p) 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT
fail() { echo "check-lighthouse: $*" >&2; tail -n 30 "$folder"/*.log >&2; exit 1; }

(cd "$folder" && DATABASE_URL=sqlite:dmt.db DMT_BIND=127.0.0.1:$port DMT_NOTIFY=off RUST_LOG=warn exec "$dmt" serve --demo) >"$folder/dmt.log" 2>&1 &
base=http://127.0.0.1:$port
for _ in $(seq 600); do curl -fs "$base/ready" >/dev/null && break; sleep 0.1; done

# Signs in by the page: its form has a proof, which goes with a cookie. The session's is in a file, which no list of
# processes shows.
jar=$folder/cookies
proof=$(curl -fsS -c "$jar" "$base/sign-in" | sed -n 's/.*name="_proof" value="\([^"]*\)".*/\1/p')
status=$(curl -fsS -b "$jar" -c "$jar" -o "$folder/answer.log" -w '%{http_code}' "$base/sign-in" \
  -d "_proof=$proof" -d username=manager -d password=manager-demo)
[ "$status" = 303 ] || fail "nobody could sign in: $status"
cookie=$(awk '$6 == "dmt_session" { print $6 "=" $7 }' "$jar")
printf '{"Cookie": "%s"}' "$cookie" >"$folder/headers.json"
record=$(curl -fsS -b "$jar" "$base/defects?status=execution" | sed -n 's/.*<th scope="row"><a href="\(\/defects\/[0-9]*\)".*/\1/p' | sed -n 1p)
[ -n "$record" ] || fail "the list shows no record"

look() { # name, path, form, run
  local options=()
  if [ "$3" = desktop ]; then options=(--preset=desktop); fi
  "$lighthouse" "$base$2" --quiet --no-enable-error-reporting --chrome-flags="--headless=new --no-sandbox --disable-dev-shm-usage" \
    --extra-headers="$folder/headers.json" --only-categories=performance,accessibility,best-practices \
    --output=json --output=html --output-path="$reports/$1-$3-$4" "${options[@]}" >"$folder/lighthouse.log" 2>&1 ||
    fail "lighthouse failed on $2"
}

rm -rf "$reports"
mkdir -p "$reports"
while read -r name path; do
  for form in desktop mobile; do
    for run in $(seq "$runs"); do look "$name" "$path" $form "$run" </dev/null; done
  done
done <<PAGES
home /
list /defects
record $record
floor /floor?part=PN-101
PAGES

node - "$reports" <<'NODE'
const fs = require('node:fs');
const folder = process.argv[2];
const goals = { performance: 95, accessibility: 100, 'best-practices': 95 };
const median = (scores) => scores[Math.floor((scores.length - 1) / 2)];
const runs = new Map();
for (const file of fs.readdirSync(folder).filter((file) => file.endsWith('.report.json')).sort()) {
  const report = JSON.parse(fs.readFileSync(`${folder}/${file}`, 'utf8'));
  const [page, form] = file.split('-');
  // Who is not signed in is shown another page.
  if (report.finalDisplayedUrl !== report.requestedUrl) throw new Error(`${report.requestedUrl} led to ${report.finalDisplayedUrl}`);
  if (report.runtimeError) throw new Error(`${file}: ${report.runtimeError.message}`);
  const key = `${page} ${form}`;
  runs.set(key, [...(runs.get(key) ?? []), report]);
}
let isWell = runs.size === 8;
for (const [key, reports] of runs) {
  const told = [];
  const short = new Set();
  for (const [category, goal] of Object.entries(goals)) {
    const scores = reports.map(({ categories }) => Math.round((categories[category].score ?? 0) * 100)).sort((a, b) => a - b);
    const score = category === 'performance' ? median(scores) : scores[0];
    told.push(`${category} ${score}${scores.length > 1 ? ` (${scores.join(' ')})` : ''}`);
    if (score >= goal) continue;
    isWell = false;
    for (const { audits, categories } of reports) {
      const counted = categories[category].auditRefs.filter(({ weight }) => weight > 0).map(({ id }) => audits[id]);
      for (const { id, score } of counted) if (score !== null && score < 0.9) short.add(id);
    }
  }
  console.log(`${key.padEnd(16)} ${told.join(', ')}`);
  if (short.size > 0) console.log(`${''.padEnd(16)} because of ${[...short].join(', ')}`);
}
console.log(isWell ? 'check-lighthouse: every goal is reached' : `check-lighthouse: not reached; the reports are in ${folder}`);
process.exitCode = isWell ? 0 : 1;
NODE
