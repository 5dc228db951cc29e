#!/usr/bin/env bash
# Sends thousands of requests made from the OpenAPI document to `dmt serve --demo`, and checks every answer against it:
# as an administrator, as an inspector and without a token, each with all checks, stateful ones included.
#   scripts/schemathesis.sh [max-examples]      per operation; 1 unless said otherwise (CI), 40 for a full run
# DMT_BIN: the program (default: built here). DMT_SEED: the seed. Needs python3 with venv; reports in target/schemathesis.
set -euo pipefail
cd "$(dirname "$0")/.."
examples=${1:-1}
seed=${DMT_SEED:-20261120}
version=4.32.5
port=${DMT_SCHEMATHESIS_PORT:-18090}
home=$PWD/target/schemathesis
if [ -z "${DMT_BIN:-}" ]; then cargo build --quiet --locked -p api && DMT_BIN=target/debug/dmt; fi
dmt=$(realpath "$DMT_BIN")
unset DMT_BIN # no setting of dmt

mkdir -p "$home"
if [ "$("$home/venv/bin/schemathesis" --version 2>/dev/null || true)" != "schemathesis, version $version" ]; then
  python3 -c 'import ensurepip' 2>/dev/null || { echo "schemathesis.sh: python3 has no venv; on Debian: apt-get install python3-venv" >&2; exit 1; }
  python3 -m venv --clear "$home/venv"
  "$home/venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
fi

folder=$(mktemp -d)
cleanup() {
  # shellcheck disable=SC2046 # one word for each
  kill $(jobs -p) 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT
base=http://127.0.0.1:$port
(cd "$folder" && DATABASE_URL=sqlite:dmt.db DMT_BIND=127.0.0.1:$port RUST_LOG=warn exec "$dmt" serve --demo) >"$home/server.log" 2>&1 &
server=$!
for _ in $(seq 600); do
  curl -fs "$base/ready" >/dev/null && break
  kill -0 $server 2>/dev/null || { cat "$home/server.log" >&2; exit 1; }
  sleep 0.1
done

# Whoever signs in here is not `admin` or `inspector` themselves: the requests change and disable those.
(cd "$folder" && for role in admin inspector; do
  DATABASE_URL=sqlite:dmt.db "$dmt" user add "schemathesis-$role" --role "$role" --password-stdin <<<"schemathesis $role" >/dev/null
done)
token() { curl -fsS "$base/api/v1/auth/token" -d grant_type=password -d "username=schemathesis-$1" -d "password=schemathesis $1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'; }

sed "s/^max-examples = 25$/max-examples = $((25 * examples))/" scripts/schemathesis.toml >"$home/schemathesis.toml"
run() { # name, options…
  local name=$1
  shift
  (cd "$home" && SCHEMATHESIS_HOOKS=schemathesis_hooks PYTHONPATH="$OLDPWD/scripts" venv/bin/schemathesis \
    --config-file schemathesis.toml run "$base/openapi.json" --no-color --checks all \
    --continue-on-failure --max-examples "$examples" --seed "$seed" --generation-database none --suppress-health-check all \
    --report json --report-json-path "$home/$name.json" "$@") >"$home/$name.log" 2>&1
}

cases=0 failed=()
# Nobody changes nothing, and so disturbs nobody.
run nobody &
nobody=$!
for role in admin inspector; do
  DMT_SCHEMATHESIS_TOKEN=$(token $role)
  export DMT_SCHEMATHESIS_TOKEN
  # Signing out would end the run's own session.
  run $role -H "Authorization: Bearer $DMT_SCHEMATHESIS_TOKEN" --exclude-operation-id delete_token || failed+=($role)
done
wait $nobody || failed+=(nobody)
for name in admin inspector nobody; do
  echo "== $name"
  sed -n '/= SUMMARY =/,$p' "$home/$name.log"
  cases=$((cases + $(sed -n 's/.*[^0-9]\([0-9]\{1,\}\) generated.*/\1/p' "$home/$name.log" | tail -n 1)))
done

echo "schemathesis: $cases cases in $SECONDS s, seed $seed"
if grep -E ' ERROR |panicked' "$home/server.log"; then echo "schemathesis.sh: the server's log has errors" >&2; exit 1; fi
[ ${#failed[@]} -eq 0 ] || { echo "schemathesis.sh: failures as ${failed[*]}; see $home/*.log" >&2; exit 1; }
