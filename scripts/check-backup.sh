#!/usr/bin/env bash
# Backups that can be restored: on SQLite `dmt backup` and `dmt restore` while a server runs, on the database servers
# the very lines that they print, run as they are. What was restored must verify and hold the same.
#   scripts/check-backup.sh [sqlite postgres mariadb mysql]      without names: all four
# Servers: DMT_TEST_…_URL, as `scripts/databases.sh start` prints them; it starts none. DMT_BIN: the program (default:
# target/debug/dmt); it builds none. Uses databases of its own (dmt_bak_…) and drops them at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
dmt=$(realpath "${DMT_BIN:-target/debug/dmt}")
mysql_root=${DMT_MYSQL_ROOT:-/var/tmp/dmt-mysql}
port=${DMT_CHECK_PORT:-18123}
records=${DMT_CHECK_RECORDS:-60}
work=$(mktemp -d)
serving=

fail() { echo "check-backup: $*" >&2; exit 1; }
finish() {
  [ -z "$serving" ] || kill "$serving" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# The program by the name that the printed lines use, in a folder without anybody's settings.
mkdir "$work/bin" "$work/here"
ln -s "$dmt" "$work/bin/dmt"
# MySQL's own tools, where they live in the root of scripts/mysql-server.sh.
if [ -x "$mysql_root/usr/bin/mysqldump" ]; then
  for tool in mysql mysqldump; do
    printf '#!/bin/sh\nexec chroot %s /usr/bin/%s "$@"\n' "$mysql_root" "$tool" >"$work/bin/$tool"
    chmod +x "$work/bin/$tool"
  done
fi
export PATH=$work/bin:$PATH
cd "$work/here"
unset DMT_BIN DMT_AUDIT_KEY DMT_CURRENCY DMT_TAG_PREFIX DMT_TIME_ZONE DMT_READ_ONLY

verified() { dmt audit verify | tail -n 1; } # "N records, M rows of history, 0 findings"

start() {
  DMT_BIND=127.0.0.1:$port dmt serve 2>serve.log &
  serving=$!
  for _ in $(seq 100); do DMT_BIND=127.0.0.1:$port dmt health >/dev/null 2>&1 && break; sleep 0.1; done
}

sqlite() {
  export DATABASE_URL=sqlite://plant.db
  dmt demo --records "$records" >/dev/null 2>&1
  [ "$(stat -c %a plant.db)" = 600 ] || fail "others may read the database: $(stat -c %a plant.db)"
  local before
  before=$(verified)
  start
  dmt backup plant.bak || fail "no backup while the server runs"
  [ "$(stat -c %a plant.bak)" = 600 ] || fail "others may read the backup"
  if dmt backup plant.bak 2>refused; then fail "a backup was overwritten"; fi
  if dmt restore --replace plant.bak 2>refused; then fail "restored under a running server"; fi
  grep -q 'in use' refused || fail "$(cat refused)"
  kill "$serving" && wait "$serving" || true
  serving=
  if dmt restore plant.bak 2>refused; then fail "restored over data"; fi
  grep -q -- --replace refused || fail "$(cat refused)"

  # Damage: a page of the backup, and a row of the history in another copy.
  cp plant.bak damaged.bak
  dd if=/dev/urandom of=damaged.bak bs=4096 seek=20 count=4 conv=notrunc status=none
  if dmt restore --replace damaged.bak 2>refused; then fail "restored a damaged backup"; fi
  head -c 100000 plant.bak >short.bak
  if dmt restore --replace short.bak 2>refused; then fail "restored half a backup"; fi
  [ "$(verified)" = "$before" ] || fail "a refused restore changed something"

  dmt user disable inspector >/dev/null
  dmt restore --replace plant.bak || fail "no restore"
  dmt user list | grep -q '^inspector.*active' || fail "the backup did not take the place"
  [ "$(verified)" = "$before" ] || fail "$(verified), not $before"
  ls plant.db.before-restore-*.bak >/dev/null || fail "what was there is not kept"
  rm plant.db && dmt restore plant.bak >/dev/null || fail "no restore into an empty folder"
  [ "$(verified)" = "$before" ] || fail "$(verified), not $before"
  if ls ./*.part ./*-wal ./*-shm 2>/dev/null; then fail "files were left"; fi

  # Killed, its file taken away, its log left: the log is not played into what is restored.
  start
  dmt user disable inspector >/dev/null
  kill -9 "$serving" && wait "$serving" 2>/dev/null || true
  serving=
  [ -s plant.db-wal ] || fail "there is no log to be left"
  mv plant.db plant.db.bad
  dmt restore plant.bak >/dev/null || fail "no restore beside a log that was left"
  [ "$(verified)" = "$before" ] || fail "$(verified), not $before"
  dmt user list | grep -q '^inspector.*active' || fail "a log that was left was played into the backup"
  ls plant.db.before-restore-*.bak-wal >/dev/null || fail "the log is not kept"
}

# SQL on a server, as the user of its URL.
sql() {
  case $server in
    postgres) PGPASSWORD=$password psql -X -q -v ON_ERROR_STOP=1 -h "$host" -p "$db_port" -U "$user" -d postgres -c "$1" ;;
    mariadb) MYSQL_PWD=$password mariadb --no-defaults --protocol=tcp -h "$host" -P "$db_port" -u "$user" -e "$1" ;;
    mysql) MYSQL_PWD=$password mysql --no-defaults --protocol=tcp -h "$host" -P "$db_port" -u "$user" -e "$1" ;;
  esac
}

a_server() {
  server=$1
  local variable=DMT_TEST_${server^^}_URL url base before lines
  url=${!variable:-}
  [ -n "$url" ] || fail "$variable is not set"
  [[ $url =~ ^[a-z]+://([^:@/]+)(:([^@/]*))?@([^:/?]+):([0-9]+) ]] || fail "$variable: expected scheme://user[:password]@host:port"
  user=${BASH_REMATCH[1]} password=${BASH_REMATCH[3]} host=${BASH_REMATCH[4]} db_port=${BASH_REMATCH[5]} base=${BASH_REMATCH[0]}
  local from=dmt_bak_from to=dmt_bak_to
  for name in $from $to; do
    sql "DROP DATABASE IF EXISTS $name"
    sql "CREATE DATABASE $name"
  done
  export PGPASSWORD=$password MYSQL_PWD=$password
  local suffix=
  [ "$server" != mysql ] || suffix='?ssl-mode=REQUIRED'
  export DATABASE_URL="$base/$from$suffix"
  dmt demo --records "$records" >/dev/null 2>&1
  before=$(verified)
  lines=$(dmt backup "a $server's.dump")
  if [ -n "$password" ] && [[ $lines == *":$password@"* || $lines == *--password* ]]; then fail "the line has the password: $lines"; fi
  bash -euc "$lines" || fail "$server: the line does not run: $lines"
  [ "$(stat -c %a "a $server's.dump")" = 600 ] || fail "others may read the dump"
  DATABASE_URL="$base/$to$suffix" bash -euc "$(DATABASE_URL="$base/$to$suffix" dmt restore "a $server's.dump")" >restored ||
    fail "$server: the lines do not run: $(DATABASE_URL="$base/$to$suffix" dmt restore "a $server's.dump")"
  [ "$(tail -n 1 restored)" = "$before" ] || fail "$server: $(tail -n 1 restored), not $before"
  # A second time nothing may be dropped or doubled.
  if DATABASE_URL="$base/$to$suffix" bash -euc "$(DATABASE_URL="$base/$to$suffix" dmt restore "a $server's.dump")" >/dev/null 2>&1; then
    fail "$server: restored over data"
  fi
  for name in $from $to; do sql "DROP DATABASE $name"; done
}

[ $# -gt 0 ] || set -- sqlite postgres mariadb mysql
for one in "$@"; do
  case $one in
    sqlite) sqlite ;;
    postgres | mariadb | mysql) a_server "$one" ;;
    *) echo "usage: $0 [sqlite postgres mariadb mysql]" >&2; exit 2 ;;
  esac
  echo "$one: backed up, restored, verified"
done
