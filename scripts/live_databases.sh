# Sourced after live.sh by the scripts that run `dmt` on live databases. It needs $name, of the databases that it makes.
# Servers: DMT_TEST_…_URL, as `scripts/databases.sh start` prints them.
# shellcheck shell=bash
[ -n "${DMT_TEST_MYSQL_URL:-}" ] || eval "$(scripts/databases.sh start)"

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

# For a trap, after clean_up.
drop_databases() {
  for database in postgres mariadb mysql; do on_server $database "DROP DATABASE IF EXISTS $name" 2>/dev/null || true; done
}
