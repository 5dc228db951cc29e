#!/usr/bin/env bash
# sqlmap tries every query parameter of the list of defects, its export, inspections and the reports, on each database; it must
# find nothing, and try each.
#   scripts/check-sqlmap.sh [sqlite postgres mariadb mysql]
# DMT_SQLMAP_LEVEL, DMT_SQLMAP_RISK: how much it tries (1 and 1 unless said otherwise; 5 and 3 are the most). Each database has
# DMT_SQLMAP_MINUTES (20). Needs python3 with venv, and what scripts/live_databases.sh says. Logs in target/sqlmap.
set -euo pipefail
cd "$(dirname "$0")/.."
version=1.10.10
minutes=${DMT_SQLMAP_MINUTES:-20}
folder=$(mktemp -d)
port=${DMT_SQLMAP_PORT:-18070}
name=dmt_sqlmap_$$
home=$PWD/target/sqlmap
. scripts/live.sh
. scripts/live_databases.sh
trap 'clean_up; drop_databases' EXIT

mkdir -p "$home"
python_with "$home/venv" sqlmap $version

fail() { echo "check-sqlmap.sh: $1" >&2; exit 1; }

# 422 is what nearly all that it tries is answered with. Numbers are read as such, and tried all the same (the answer).
try() { # database, its name to sqlmap, token, addresses
  timeout --kill-after=20 "${minutes}m" "$home/venv/bin/sqlmap" --batch --answers "save scanning time=N" --disable-coloring \
    -m "$4" -H "Authorization: Bearer $3" --dbms "$2" --level "${DMT_SQLMAP_LEVEL:-1}" --risk "${DMT_SQLMAP_RISK:-1}" \
    --technique BEUST --ignore-code 422 --skip-waf --timeout 15 --retries 1 --flush-session \
    --output-dir "$folder/$1" --results-file "$folder/$1.csv" </dev/null >"$home/$1.log" 2>&1
}

check() { # database, its name to sqlmap
  local token parameters tried log=$home/$1.log
  DATABASE_URL=$(fresh "$1")
  export DATABASE_URL
  serve_demo "$folder/$1.log"
  token=$(token manager)
  parameters=$(python3 scripts/sqlmap_addresses.py "http://127.0.0.1:$port" "$token" "$folder/$1.txt")
  try "$1" "$2" "$token" "$folder/$1.txt" || { tail -n 30 "$log" >&2; fail "sqlmap ended badly or not within $minutes minutes on $1: $log"; }
  # Its own words: what it takes for an injection, and takes for none after a second look, is none.
  if grep -E "parameter '.*' is vulnerable|identified the following injection point" "$log"; then
    fail "sqlmap found something on $1; all of it: $log"
  fi
  tried=$(grep -c "GET parameter '.*' does not seem to be injectable" "$log" || true)
  [ "$tried" -eq "$parameters" ] || fail "$tried of $parameters parameters were tried on $1: $log"
  end_server "$folder/$1.log"
  echo "$1: $tried parameters tried with $(wc -l <"$folder/$1.txt") addresses, nothing found"
}

[ $# -gt 0 ] || set -- sqlite postgres mariadb mysql
for database in "$@"; do
  case $database in
  sqlite) check sqlite SQLite ;;
  postgres) check postgres PostgreSQL ;;
  mariadb | mysql) check "$database" MySQL ;;
  *) fail "no such database: $database" ;;
  esac
done
