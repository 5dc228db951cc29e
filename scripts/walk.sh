#!/usr/bin/env bash
# Runs the README's walk, as it stands there, on each database; then asks `dmt audit verify`.
#   scripts/walk.sh [sqlite postgres mariadb mysql]
# Servers: DMT_TEST_…_URL, as `scripts/databases.sh start` prints them. DMT_BIN: the program (default: built here).
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
port=${DMT_WALK_PORT:-18080}
name=dmt_walk_$$
. scripts/live.sh
. scripts/live_databases.sh
trap 'clean_up; drop_databases' EXIT

# The block of the README that follows the mark.
awk '/^<!-- walk:/ { wanted = 1 } wanted && /^```$/ { exit } wanted == 2 { print } wanted && /^```sh$/ { wanted = 2 }' README.md >"$folder/walk.sh"
[ -s "$folder/walk.sh" ] || { echo "walk.sh: README.md has no walk" >&2; exit 1; }

for database in "${@:-sqlite postgres mariadb mysql}"; do
  for one in $database; do
    echo "== $one"
    DATABASE_URL=$(fresh "$one")
    export DATABASE_URL
    serve_demo "$folder/$one.log"
    API=http://127.0.0.1:$port/api/v1 bash -euo pipefail "$folder/walk.sh" | tee "$folder/$one.out"
    grep -q 'is in closed' "$folder/$one.out" || { echo "walk.sh: the record was not closed on $one" >&2; exit 1; }
    grep -qx 409 "$folder/$one.out" || { echo "walk.sh: a closed record was changed on $one" >&2; exit 1; }
    (cd "$folder" && "$dmt" audit verify)
    end_server "$folder/$one.log"
  done
done
echo "the walk went well on every database"
