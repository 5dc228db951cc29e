#!/usr/bin/env bash
# Runs the README's walk, as it stands there, on each database; then asks `dmt audit verify`.
#   scripts/walk.sh [sqlite postgres mariadb mysql]
# Servers: DMT_TEST_…_URL, as `scripts/databases.sh start` prints them. DMT_BIN: the program (default: built here).
set -euo pipefail
cd "$(dirname "$0")/.."
[ -n "${DMT_TEST_MYSQL_URL:-}" ] || eval "$(scripts/databases.sh start)"
if [ -z "${DMT_BIN:-}" ]; then cargo build --quiet --locked -p api && DMT_BIN=target/debug/dmt; fi
dmt=$(realpath "$DMT_BIN")
folder=$(mktemp -d)
port=${DMT_WALK_PORT:-18080}
name=dmt_walk_$$
server=

cleanup() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  wait 2>/dev/null || true
  for database in postgres mariadb mysql; do on_server $database "DROP DATABASE IF EXISTS $name" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap cleanup EXIT

# The block of the README that follows the mark.
awk '/^<!-- walk:/ { wanted = 1 } wanted && /^```$/ { exit } wanted == 2 { print } wanted && /^```sh$/ { wanted = 2 }' README.md >"$folder/walk.sh"
[ -s "$folder/walk.sh" ] || { echo "walk.sh: README.md has no walk" >&2; exit 1; }

server_url() { case $1 in postgres) echo "$DMT_TEST_POSTGRES_URL" ;; mariadb) echo "$DMT_TEST_MARIADB_URL" ;; mysql) echo "$DMT_TEST_MYSQL_URL" ;; esac; }

# One statement as the server's administrator.
on_server() { # database, statement
  local url host port user password
  url=$(server_url "$1")
  if [ "$1" = postgres ]; then psql -qX "$url" -c "$2" >/dev/null; return; fi
  read -r user password host port < <(sed -E 's#^[a-z]+://([^:@]*):?([^@]*)@([^:/]+):([0-9]+).*#\1 "\2" \3 \4#' <<<"$url")
  MYSQL_PWD=${password//\"/} mariadb --protocol=tcp --ssl -h "$host" -P "$port" -u "$user" -e "$2"
}

# The URL of a new, empty database.
fresh() {
  if [ "$1" = sqlite ]; then echo "sqlite:///./$name.db"; return; fi
  on_server "$1" "CREATE DATABASE $name"
  sed -E "s#^([a-z]+://[^/]+)(/[^?]*)?#\1/$name#" <<<"$(server_url "$1")"
}

for database in "${@:-sqlite postgres mariadb mysql}"; do
  for one in $database; do
    echo "== $one"
    DATABASE_URL=$(fresh "$one")
    export DATABASE_URL
    (cd "$folder" && DMT_BIND=127.0.0.1:$port RUST_LOG=warn exec "$dmt" serve --demo) >"$folder/$one.log" 2>&1 &
    server=$!
    for _ in $(seq 600); do curl -fs "http://127.0.0.1:$port/ready" >/dev/null && break; kill -0 $server || { cat "$folder/$one.log" >&2; exit 1; }; sleep 0.1; done
    API=http://127.0.0.1:$port/api/v1 bash -euo pipefail "$folder/walk.sh" | tee "$folder/$one.out"
    grep -q 'is in closed' "$folder/$one.out" || { echo "walk.sh: the record was not closed on $one" >&2; exit 1; }
    grep -qx 409 "$folder/$one.out" || { echo "walk.sh: a closed record was changed on $one" >&2; exit 1; }
    (cd "$folder" && "$dmt" audit verify)
    kill -TERM $server
    wait $server || { echo "walk.sh: the server did not end well on $one" >&2; exit 1; }
    server=
    if grep -iE ' (ERROR|panicked)' "$folder/$one.log"; then exit 1; fi
  done
done
echo "the walk went well on every database"
