#!/usr/bin/env bash
# Sends thousands of requests made from the OpenAPI document to `dmt serve --demo`, and checks every answer against it:
# as an administrator, as an inspector and without a token, each with all checks, stateful ones included. The three run
# side by side, each on a server and a database of its own, so that none disturbs another.
#   scripts/schemathesis.sh [max-examples]      per operation; 1 unless said otherwise (CI), 40 for a full run
# DMT_BIN: the program (default: built here). DMT_SEED: the seed. Needs python3 with venv; reports in target/schemathesis.
set -euo pipefail
cd "$(dirname "$0")/.."
examples=${1:-1}
seed=${DMT_SEED:-20261120}
version=4.32.5
port=${DMT_SCHEMATHESIS_PORT:-18090}
home=$PWD/target/schemathesis
folder=$(mktemp -d)
. scripts/live.sh
trap clean_up EXIT
mkdir -p "$home"
python_with "$home/venv" schemathesis $version
sed "s/^max-examples = 25$/max-examples = $((25 * examples))/" scripts/schemathesis.toml >"$home/schemathesis.toml"

# The webhooks that the requests make up must not call anybody.
export DATABASE_URL=sqlite:dmt.db DMT_NOTIFY=off

# Who signs in is not the demo's `admin` or `inspector`: the requests change and disable those.
sign_in() { # role
  local password="schemathesis $1"
  (cd "$folder/$1" && "$dmt" user add "schemathesis-$1" --role "$1" --password-stdin <<<"$password" >/dev/null)
  token "schemathesis-$1" "$password"
}

run() { # who, port, options…
  local name=$1 base=http://127.0.0.1:$2
  shift 2
  (cd "$home" && SCHEMATHESIS_HOOKS=schemathesis_hooks PYTHONPATH="$OLDPWD/scripts" venv/bin/schemathesis \
    --config-file schemathesis.toml run "$base/openapi.json" --no-color --checks all \
    --continue-on-failure --max-examples "$examples" --seed "$seed" --generation-database none --suppress-health-check all \
    --report json --report-json-path "$home/$name.json" "$@") >"$home/$name.log" 2>&1
}

names=(admin inspector nobody) runs=()
for place in "${!names[@]}"; do
  name=${names[$place]} address=$((port + place))
  mkdir "$folder/$name"
  folder=$folder/$name port=$address serve_demo "$home/$name-server.log"
  options=() token=
  if [ "$name" != nobody ]; then
    token=$(port=$address sign_in "$name")
    # Signing out would end the run's own session; so would ending one of the user's sessions, of which it is the only one.
    options=(-H "Authorization: Bearer $token" --exclude-operation-id delete_token --exclude-operation-id end_my_session)
  fi
  # In the short run each value's limits are tried by the administrator alone: they are the same for everybody, and most
  # of the others' answers are 401 and 403 whatever the values.
  if [ "$name" != admin ] && [ "$examples" -eq 1 ]; then options+=(--phases "examples,fuzzing,stateful"); fi
  DMT_SCHEMATHESIS_TOKEN=$token run "$name" $address "${options[@]}" &
  runs+=($!)
done

cases=0 failed=()
for place in "${!names[@]}"; do
  name=${names[$place]}
  wait "${runs[$place]}" || failed+=("$name")
  echo "== $name"
  sed -n '/= \(FAILURES\|SUMMARY\) =/,$p' "$home/$name.log"
  cases=$((cases + $(sed -n 's/.*[^0-9]\([0-9]\{1,\}\) generated.*/\1/p' "$home/$name.log" | tail -n 1)))
done

echo "schemathesis: $cases cases in $SECONDS s, seed $seed"
if grep -E ' ERROR |panicked' "$home"/*-server.log; then echo "schemathesis.sh: a server's log has errors" >&2; exit 1; fi
[ ${#failed[@]} -eq 0 ] || { echo "schemathesis.sh: failures as ${failed[*]}; see $home/*.log" >&2; exit 1; }
