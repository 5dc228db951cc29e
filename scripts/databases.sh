#!/usr/bin/env bash
# The database servers that the tests need.
#   scripts/databases.sh start [postgres mariadb mysql]   makes sure that they run, prints `export DMT_TEST_…_URL=…`
#   scripts/databases.sh env [NAME…]                      prints the same for those that run, starts nothing
#   scripts/databases.sh status                           says what runs where
#   scripts/databases.sh stop [NAME…]                     stops what `start` started, and nothing else
# Use: eval "$(scripts/databases.sh start)"
#
# In this order: a DMT_TEST_…_URL that is set; a throwaway server of our own that runs; one on its standard local port that lets
# the tests in (postgres://postgres@127.0.0.1:5432, mariadb://root@127.0.0.1:3306, no password; not MySQL); a new one of our
# own, from installed programs, or from Debian's packages where we are root. Our own MySQL: scripts/mysql-server.sh.
# Our own keep their data in memory where there are 6 GB of it to spare (/dev/shm; they need about 2), otherwise in
# target/databases, forget it at `stop`, and never wait for the disk.
# DMT_DATABASES_OWN=1 passes over the standard ports. DMT_POSTGRES_PORT, DMT_MARIADB_PORT: ports of our own servers.
set -euo pipefail
cd "$(dirname "$0")/.."
postgres_port=${DMT_POSTGRES_PORT:-15432}
mariadb_port=${DMT_MARIADB_PORT:-13306}
mysql_port=${DMT_MYSQL_PORT:-3307}
all=(postgres mariadb mysql)
enough_connections=300

say() { printf 'databases.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }

# PostgreSQL refuses to run as root and MariaDB should not: as root they run as the account that Debian makes for them.
account() { case $1 in postgres) echo postgres ;; mariadb) echo mysql ;; esac; }
as_account() { local who; who=$(account "$1"); shift; if is_root; then runuser -u "$who" -- "$@"; else "$@"; fi; }

# In memory, where a table is made in a twentieth of the time; else target/databases, or /var/tmp where that account
# cannot enter our directory. Where it was put once, it stays until `stop`.
data_dir() {
  local dir=$PWD/target/databases here
  here=dmt-databases-$(printf %s "$PWD" | cksum | cut -d' ' -f1)
  if is_root && ! runuser -u "$(account "$1")" -- test -x "$PWD"; then dir=/var/tmp/$here; fi
  if [ -d "/dev/shm/$here/$1" ] || { [ ! -d "$dir/$1" ] && scripts/memory.sh; }; then dir=/dev/shm/$here; fi
  echo "$dir/$1"
}

postgres_bin() {
  local dir
  for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) "$(dirname "$(command -v initdb 2>/dev/null || echo /none/x)")"; do
    if [ -x "$dir/initdb" ]; then echo "$dir"; return; fi
  done
  return 1
}
mariadb_program() { command -v "$1" || { [ -x "/usr/sbin/$1" ] && echo "/usr/sbin/$1"; }; }

install_package() {
  is_root || die "$1 is not installed; install it, set DMT_TEST_$2_URL, or run this as root on Debian"
  command -v apt-get >/dev/null || die "$1 is not installed and this is no Debian; set DMT_TEST_$2_URL"
  say "installing Debian's package $1"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1"; } >/dev/null 2>&1 </dev/null 9>&- ||
    die "apt-get install $1 failed"
}

# Is there a server of that kind at this port, and does it let us in? Prints its max_connections.
answers() { # name, port
  case $1 in
    postgres) PGCONNECT_TIMEOUT=2 psql -XqtAw -h 127.0.0.1 -p "$2" -U postgres -d postgres -c 'SHOW max_connections' 2>/dev/null </dev/null ;;
    mariadb) mariadb --no-defaults --connect-timeout=2 --protocol=tcp -h 127.0.0.1 -P "$2" -u root --batch --skip-column-names \
      -e 'SELECT @@max_connections FROM (SELECT 1) x WHERE VERSION() LIKE "%MariaDB%"' 2>/dev/null </dev/null | grep . ;;
    mysql) (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null && echo 600 ;;
  esac
}

url() { # name, port
  case $1 in
    postgres) echo "postgres://postgres@127.0.0.1:$2/postgres" ;;
    mariadb) echo "mariadb://root@127.0.0.1:$2" ;;
    mysql) echo "mysql://dmt:dmt@127.0.0.1:$2" ;;
  esac
}
variable() { echo "DMT_TEST_${1^^}_URL"; }

# The URL of a server that runs, or nothing.
find_url() {
  local var connections
  var=$(variable "$1")
  if [ -n "${!var:-}" ]; then echo "${!var}"; return; fi
  case $1 in
    mysql) answers mysql "$mysql_port" >/dev/null && url mysql "$mysql_port"; return ;;
    postgres) local standard=5432 own=$postgres_port ;;
    mariadb) local standard=3306 own=$mariadb_port ;;
  esac
  if connections=$(answers "$1" "$own"); then url "$1" "$own"; return; fi
  if [ -z "${DMT_DATABASES_OWN:-}" ] && connections=$(answers "$1" "$standard"); then
    if [ "$connections" -lt $enough_connections ] && [ "$1" = mariadb ]; then
      # Until its next restart.
      mariadb --no-defaults --protocol=tcp -h 127.0.0.1 -P $standard -u root -e "SET GLOBAL max_connections = $enough_connections" </dev/null &&
        say "mariadb on port $standard: max_connections raised from $connections to $enough_connections until it restarts"
    elif [ "$connections" -lt $enough_connections ] && [ "${action:-}" = status ]; then
      say "$1 on port $standard allows only $connections connections; DMT_DATABASES_OWN=1 starts one that allows more"
    fi
    url "$1" $standard
    return
  fi
  return 1
}

start_postgres() {
  command -v psql >/dev/null && postgres_bin >/dev/null || install_package postgresql POSTGRES
  if url=$(find_url postgres); then return; fi # the package may have started one
  local bin data locale
  bin=$(postgres_bin) data=$(data_dir postgres)
  say "starting a PostgreSQL of our own on port $postgres_port"
  new_data_dir postgres "$data"
  # A locale that sorts as people do, so that code which relies on byte order fails in tests.
  locale=(--locale=C.UTF-8)
  "$bin/initdb" --help | grep -q icu-locale && locale=(--locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US)
  as_account postgres "$bin/initdb" -D "$data" -U postgres --auth=trust --encoding=UTF8 "${locale[@]}" --no-sync >"$data.log" 2>&1 9>&- ||
    { tail -n 20 "$data.log" >&2; die "initdb failed"; }
  # Started from / because the server keeps its starting directory.
  (cd / && as_account postgres "$bin/pg_ctl" -D "$data" -w -t 60 -l "$data/server.log" \
    -o "-p $postgres_port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=600 -c fsync=off -c synchronous_commit=off -c full_page_writes=off" \
    start) >>"$data.log" 2>&1 </dev/null 9>&- || { tail -n 20 "$data/server.log" >&2; die "PostgreSQL did not start"; }
  url=$(url postgres "$postgres_port")
}

start_mariadb() {
  mariadb_program mariadbd >/dev/null && command -v mariadb >/dev/null || install_package mariadb-server MARIADB
  if url=$(find_url mariadb); then return; fi
  local data socket
  data=$(data_dir mariadb) socket=/tmp/dmt-mariadb-$mariadb_port.sock # a socket's path may not be long
  say "starting a MariaDB of our own on port $mariadb_port"
  new_data_dir mariadb "$data"
  as_account mariadb "$(mariadb_program mariadb-install-db)" --no-defaults --datadir="$data" --auth-root-authentication-method=normal \
    --skip-test-db --innodb-flush-log-at-trx-commit=0 >"$data.log" 2>&1 </dev/null 9>&- || { tail -n 20 "$data.log" >&2; die "mariadb-install-db failed"; }
  (cd / && as_account mariadb setsid "$(mariadb_program mariadbd)" --no-defaults --datadir="$data" --bind-address=127.0.0.1 --port="$mariadb_port" \
    --socket="$socket" --pid-file="$data/server.pid" --skip-name-resolve --skip-log-bin --max-connections=600 \
    --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0) >>"$data.log" 2>&1 </dev/null 9>&- &
  for _ in $(seq 120); do
    if answers mariadb "$mariadb_port" >/dev/null; then url=$(url mariadb "$mariadb_port"); return; fi
    sleep 0.25
  done
  tail -n 20 "$data.log" >&2
  die "MariaDB did not start"
}

start_mysql() {
  is_root || die "MySQL is started by scripts/mysql-server.sh, which needs root; set DMT_TEST_MYSQL_URL to a server of yours"
  say "starting a MySQL of our own on port $mysql_port (the first time takes about a minute)"
  url=$(scripts/mysql-server.sh start 9>&-) || die "scripts/mysql-server.sh start failed"
  url=${url#*=}
}

new_data_dir() { # name, directory
  rm -rf "$2" && mkdir -p "$2" && chmod 700 "$2"
  if is_root; then chown "$(account "$1")" "$2"; fi
}

start() {
  local name url
  for name in "$@"; do
    if ! url=$(find_url "$name"); then
      exec 9>"$lock" && flock 9 # tests may ask for the same server at once
      url=$(find_url "$name") || start_"$name"
      exec 9>&-
    fi
    echo "export $(variable "$name")='$url'"
  done
}

stop() {
  local name data
  for name in "$@"; do
    case $name in
      mysql) if is_root; then scripts/mysql-server.sh stop; fi; continue ;;
    esac
    is_root && ! id "$(account "$name")" >/dev/null 2>&1 && continue
    data=$(data_dir "$name")
    [ -d "$data" ] || continue
    case $name in
      postgres) (cd / && as_account postgres "$(postgres_bin)/pg_ctl" -D "$data" -m immediate -w stop) >/dev/null 2>&1 || true ;;
      mariadb)
        if [ -s "$data/server.pid" ] && kill "$(cat "$data/server.pid")" 2>/dev/null; then
          for _ in $(seq 60); do [ -e "$data/server.pid" ] || break; sleep 0.25; done
        fi ;;
    esac
    rm -rf "$data" "$data.log"
  done
}

action=${1:-}
[ $# -eq 0 ] || shift
names=("$@")
[ $# -gt 0 ] || names=("${all[@]}")
for name in "${names[@]}"; do [[ " ${all[*]} " == *" $name "* ]] || die "unknown server $name; known: ${all[*]}"; done
mkdir -p target/databases
lock=target/databases/.lock
case $action in
  start) start "${names[@]}" ;;
  stop) stop "${names[@]}" ;;
  env)
    missing=0
    for name in "${names[@]}"; do
      if url=$(find_url "$name"); then echo "export $(variable "$name")='$url'"; else say "$name does not run"; missing=1; fi
    done
    exit $missing ;;
  status) for name in "${names[@]}"; do printf '%-9s %s\n' "$name" "$(find_url "$name" | sed 's#:[^:@/]*@#:…@#' | grep . || echo 'does not run')"; done ;;
  *) sed -n '2,14s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
