#!/usr/bin/env bash
# A real MySQL server (not MariaDB) for tests, from Debian's own packages: Debian stable ships MariaDB only,
# so the server is unpacked from Debian's unstable suite into a folder of its own and run there by chroot.
#   scripts/mysql-server.sh start   unpack once (about a minute), start, print DMT_TEST_MYSQL_URL=...
#   scripts/mysql-server.sh restart start again on the data that is there, after a stop or a crash
#   scripts/mysql-server.sh stop    stop it
#   scripts/mysql-server.sh client  a mysql prompt on it
# Needs root on Debian. DMT_MYSQL_FLUSH=1 for durable commits and a binary log (crash tests), DMT_MYSQL_DATA and
# DMT_MYSQL_PORT for a second one in the same root, DMT_MYSQL_ROOT for another root. Listens on 127.0.0.1 only. Data is
# thrown away at each start; without DMT_MYSQL_FLUSH it lies in memory where there is enough. Whoever needs all servers: scripts/databases.sh
set -euo pipefail
here=$(dirname "$0")
root=${DMT_MYSQL_ROOT:-/var/tmp/dmt-mysql}
port=${DMT_MYSQL_PORT:-3307}
data=/var/lib/${DMT_MYSQL_DATA:-mysql-dmt}
pidfile=$root$data/server.pid
sock=$data/server.sock
log=$root${DMT_MYSQL_DATA:+.$DMT_MYSQL_DATA}.log

answers() { chroot "$root" mysqladmin -uroot -S "$sock" ping >/dev/null 2>&1; }
# Not one that was killed and has not been waited for, and not another process that has its number since.
running() {
  local pid
  [ -s "$pidfile" ] && pid=$(cat "$pidfile") && [ "$(readlink "/proc/$pid/root")" = "$(readlink -f "$root")" ] &&
    tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF -- "--datadir=$data"
}

unpack() {
  [ "$(id -u)" = 0 ] || { echo "mysql-server.sh: needs root" >&2; exit 1; }
  [ -x "$root/usr/sbin/mysqld" ] && return
  command -v debootstrap >/dev/null || { apt-get update -qq; apt-get install -y -qq debootstrap >/dev/null; }
  local mirror                                   # the mirror that this machine's apt already uses
  mirror=$(apt-get indextargets --format '$(SITE) $(COMPONENT)' | awk '$2 == "main" && $1 ~ /debian\/?$/ { print $1; exit }')
  rm -rf "$root"
  debootstrap --variant=minbase --include=mysql-server-core,mysql-client-core sid "$root" "$mirror" >"$root.log" 2>&1 ||
    { tail -n 20 "$root.log" >&2; echo "mysql-server.sh: unpacking failed" >&2; exit 1; }
}

# What a throwaway server writes needs no disk. Where nothing may be mounted it goes to the disk all the same.
in_memory() { [ "${DMT_MYSQL_FLUSH:-0}" = 0 ] && "$here/memory.sh" && mount -t tmpfs -o size=6g,mode=0750 dmt-mysql "$root$data" 2>/dev/null; }
# Lazily: the server's last process may still be ending.
forget_data() { if mountpoint -q "$root$data"; then umount -l "$root$data"; fi; rm -rf "${root:?}$data"; }

new_data() {
  forget_data
  mkdir -p "$root$data" "$root/var/lib/mysql-files"
  in_memory || true
  chroot "$root" sh -c "id mysql >/dev/null 2>&1 || useradd -r -s /usr/sbin/nologin mysql; chown mysql $data /var/lib/mysql-files"
  chroot "$root" mysqld --no-defaults --initialize-insecure --user=mysql --datadir="$data" >"$log" 2>&1
}

serve() {
  local durability=(--skip-log-bin --innodb-flush-log-at-trx-commit=0)
  [ "${DMT_MYSQL_FLUSH:-0}" = 0 ] || durability=(--log-bin=bin --server-id=1 --sync-binlog=1 --innodb-flush-log-at-trx-commit=1)
  setsid chroot "$root" mysqld --no-defaults --user=mysql --datadir="$data" --bind-address=127.0.0.1 --port="$port" \
    --socket="$sock" --pid-file="$data/server.pid" --mysqlx=OFF --max-connections=600 "${durability[@]}" >>"$log" 2>&1 </dev/null &
  for _ in $(seq 600); do answers && break; sleep 0.1; done
  running || { tail -n 20 "$log" >&2; exit 1; }
}

start() {
  unpack
  if ! running; then
    new_data
    serve
    chroot "$root" mysql -uroot -S "$sock" -e "CREATE USER IF NOT EXISTS 'dmt'@'%' IDENTIFIED BY 'dmt'; GRANT ALL ON *.* TO 'dmt'@'%' WITH GRANT OPTION"
  fi
  echo "DMT_TEST_MYSQL_URL=mysql://dmt:dmt@127.0.0.1:$port"
}

case ${1:-} in
  start) start ;;
  restart) running || { rm -f "$pidfile" "$root$sock.lock"; serve; } ;; # the lock may name a process that was killed
  stop) if running; then kill "$(cat "$pidfile")"; for _ in $(seq 60); do running || break; sleep 0.5; done; fi
    ! mountpoint -q "$root$data" || forget_data ;; # memory is not kept for what is thrown away
  client) shift; exec chroot "$root" mysql -uroot -S "$sock" "$@" ;;
  *) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
