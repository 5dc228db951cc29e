#!/usr/bin/env bash
# Runs init_mysql.sql with the passwords DB_OWNER_PASSWORD and DB_USER_PASSWORD of the environment, which so
# never show in a process list. Arguments go to the client: db_scripts/init_mysql.sh -h db.example -u root -p
# Without arguments, as the MySQL and MariaDB images run it at first start: as root, with their root password.
# The file with the SQL is the one beside this script, or DB_INIT_SQL.
set -euo pipefail
sql=${DB_INIT_SQL:-$(dirname "${BASH_SOURCE[0]}")/init_mysql.sql}
client=$(command -v mysql || command -v mariadb) || { echo "init_mysql.sh: needs the program mysql or mariadb" >&2; exit 1; }

# A text as MySQL reads it between quotes, outside of NO_BACKSLASH_ESCAPES.
quoted() { local s=${1//\\/\\\\}; printf "'%s'" "${s//\'/\\\'}"; }

statements() {
  echo "SET SESSION sql_mode = 'STRICT_TRANS_TABLES';"
  echo "SET @owner_password = $(quoted "${DB_OWNER_PASSWORD:-}"), @user_password = $(quoted "${DB_USER_PASSWORD:-}");"
  cat "$sql"
}

root_password=${MARIADB_ROOT_PASSWORD:-${MYSQL_ROOT_PASSWORD:-}}
option_value() { local s=${1//\\/\\\\}; printf '"%s"' "${s//\"/\\\"}"; }
if [ $# -gt 0 ]; then
  statements | "$client" "$@"
elif [ -n "$root_password" ]; then
  statements | "$client" --defaults-extra-file=<(printf '[client]\npassword=%s\n' "$(option_value "$root_password")") --user=root
else
  statements | "$client" --user=root
fi
