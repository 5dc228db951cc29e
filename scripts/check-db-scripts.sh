#!/usr/bin/env bash
# Proves db_scripts/ on live servers: run twice, owner and user each can do what they should and nothing else.
#   scripts/check-db-scripts.sh [postgres mariadb mysql]      without names: all three
# Servers: those of scripts/databases.sh. Uses names of its own (dmt_chk_…) and drops them at the end.
# With DMT_BIN=target/debug/dmt the tables come from `dmt migrate` as the owner, which also grants, and
# `dmt serve` must answer as the user; without it, small stand-in tables and the same grants by hand.
set -Eeuo pipefail
cd "$(dirname "$0")/.."
db=dmt_chk_db owner=dmt_chk_owner user=dmt_chk_user
port=${DMT_CHECK_PORT:-18099}
mysql_root=${DMT_MYSQL_ROOT:-/var/tmp/dmt-mysql}
work=$(mktemp -d)
server=none checks=0 serve_pid=

say() { printf '%s\n' "$*" >&2; }
fail() { say "check-db-scripts: $server: $*"; exit 1; }
ok() { checks=$((checks + 1)); }

# --- one server at a time: `admin` and `as_role NAME PASSWORD` read SQL from standard input ---------------
# Values only, tab-separated; the first error ends the run with a non-zero status.
connect() {
  server=$1
  local variable=DMT_TEST_${1^^}_URL url
  url=${!variable:-}
  [ -n "$url" ] || fail "$variable is not set"
  [[ $url =~ ^[a-z]+://([^:@/]+)(:([^@/]*))?@([^:/]+):([0-9]+) ]] || fail "$variable: expected scheme://user[:password]@host:port"
  admin_user=${BASH_REMATCH[1]} admin_password=${BASH_REMATCH[3]} host=${BASH_REMATCH[4]} db_port=${BASH_REMATCH[5]}
}
client() { # user, password, database, then options of the client
  local as=$1 password=$2 database=$3
  shift 3
  case $server in
    postgres) PGPASSWORD=$password psql -X -h "$host" -p "$db_port" -U "$as" -d "${database:-postgres}" -v ON_ERROR_STOP=1 "$@" ;;
    mysql)
      if [ -x "$mysql_root/usr/bin/mysql" ]; then MYSQL_PWD=$password chroot "$mysql_root" mysql --no-defaults --protocol=tcp -h "$host" -P "$db_port" -u "$as" "$@" $database
      else MYSQL_PWD=$password mysql --protocol=tcp -h "$host" -P "$db_port" -u "$as" "$@" $database; fi ;;
    mariadb) MYSQL_PWD=$password mariadb --no-defaults --protocol=tcp -h "$host" -P "$db_port" -u "$as" "$@" $database ;;
  esac
}
values() { if [ "$server" = postgres ]; then printf '%s\n' -qtA; else printf '%s\n' --batch --skip-column-names; fi; }
admin() { client "$admin_user" "$admin_password" "${1:-}" $(values); }
as_owner() { client "$owner" "$owner_password" "$db" $(values); }
as_user() { client "$user" "$user_password" "$db" $(values); }

# --- the scripts, as people run them, only with other names -----------------------------------------------
run_script() { # [owner password, user password]
  if [ "$server" = postgres ]; then
    DB_OWNER_PASSWORD='' DB_USER_PASSWORD='' client "$admin_user" "$admin_password" "" \
      -v database_name=$db -v owner_name=$owner -v user_name=$user \
      ${1:+-v "owner_password=$1" -v "user_password=$2"} -tA -F $'\t' -f db_scripts/init_postgresql.sql
  else
    { printf "SET @database_name = '%s', @owner_name = '%s', @user_name = '%s';\n" $db $owner $user
      [ -z "${1:-}" ] || printf "SET @owner_password = '%s', @user_password = '%s';\n" "${1//\'/\'\'}" "${2//\'/\'\'}"
      cat db_scripts/init_mysql.sql; } | client "$admin_user" "$admin_password" "" --batch
  fi
}
said() { awk -F '\t' -v who="$1" '$1 == who { print $2 }' "$work/said"; }

drop_all() {
  if [ "$server" = postgres ]; then
    printf 'DROP DATABASE IF EXISTS %s WITH (FORCE);\nDROP ROLE IF EXISTS %s;\nDROP ROLE IF EXISTS %s;\nDROP ROLE IF EXISTS dmt_chk_other;\n' $db $owner $user
  else
    printf "DROP DATABASE IF EXISTS %s; DROP USER IF EXISTS '%s'@'%%', '%s'@'%%';" $db $owner $user
  fi | PGOPTIONS='-c client_min_messages=warning' admin >/dev/null
}
cleanup() {
  [ -z "$serve_pid" ] || kill "$serve_pid" 2>/dev/null || true
  [ "$server" = none ] || drop_all 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'say "check-db-scripts: $server: line $LINENO: $BASH_COMMAND"' ERR

# --- tables and rights ------------------------------------------------------------------------------------
migrate() {
  if [ -n "${DMT_BIN:-}" ]; then
    DATABASE_URL=$(url_of "$owner" "$owner_password") "$DMT_BIN" migrate >"$work/migrate.log" 2>&1 || { cat "$work/migrate.log" >&2; fail "dmt migrate as $owner"; }
    return
  fi
  local table
  for table in seaql_migrations audit_event defect "$@"; do
    echo "CREATE TABLE IF NOT EXISTS $table (id BIGINT PRIMARY KEY, version VARCHAR(50));"
  done | PGOPTIONS='-c client_min_messages=warning' as_owner
  { if [ "$server" = postgres ]; then echo 'BEGIN;'; fi
    for table in $(tables); do grants "$table"; done
    if [ "$server" = postgres ]; then echo 'COMMIT;'; fi; } | as_owner
}
# What `dmt migrate` grants; keep in step with it.
grants() {
  local on=$1 to=$user
  [ "$server" = postgres ] || to="'$user'@'%'"
  case $on in
    seaql_migrations) echo "GRANT SELECT ON $on TO $to;" ;;
    audit_event) echo "GRANT SELECT, INSERT ON $on TO $to;" ;;
    *) echo "GRANT SELECT, INSERT, UPDATE, DELETE ON $on TO $to;" ;;
  esac
}
url_of() {
  local scheme=$server tail=
  if [ "$server" = mysql ]; then tail='?ssl-mode=REQUIRED'; fi
  printf '%s://%s:%s@%s:%s/%s%s' "$scheme" "$1" "$2" "$host" "$db_port" $db "$tail"
}
tables() {
  if [ "$server" = postgres ]; then echo "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1;"
  else echo "SELECT table_name FROM information_schema.tables WHERE table_schema = '$db' AND table_type = 'BASE TABLE' ORDER BY 1;"; fi | admin $db
}
column_of() { echo "SELECT column_name FROM information_schema.columns WHERE table_name = '$1' AND table_schema IN ('public', '$db') ORDER BY ordinal_position LIMIT 1;" | admin $db; }

allowed() { as_user <<<"$1" >"$work/out" 2>&1 || fail "refused to $user: $1: $(tail -n 1 "$work/out")"; ok; }
# Refused for want of a right, and for no other reason.
refused() {
  if as_user <<<"$1" >"$work/out" 2>&1; then fail "$user may: $1"; fi
  grep -qE 'permission denied|must be owner|command denied|Access denied' "$work/out" || fail "$1: $(cat "$work/out")"
  ok
}
cannot_sign_in() {
  if client "$1" "$2" $db <<<'SELECT 1;' >"$work/out" 2>&1; then fail "$1 can sign in to $db $3"; fi
  ok
}
# PostgreSQL on a test machine may let everybody in without a password: then passwords prove nothing.
asks_for_passwords() { ! client "$owner" wrong $db <<<'SELECT 1;' >/dev/null 2>&1; }

every_table() {
  local table column
  for table in $(tables); do
    column=$(column_of "$table")
    allowed "SELECT COUNT(*) FROM $table;"
    if [ "$table" = seaql_migrations ]; then refused "INSERT INTO $table SELECT * FROM $table WHERE 1 = 0;"
    else allowed "INSERT INTO $table SELECT * FROM $table WHERE 1 = 0;"; fi
    case $table in
      seaql_migrations | audit_event)
        refused "UPDATE $table SET $column = $column WHERE 1 = 0;"
        refused "DELETE FROM $table WHERE 1 = 0;" ;;
      *)
        allowed "UPDATE $table SET $column = $column WHERE 1 = 0;"
        allowed "DELETE FROM $table WHERE 1 = 0;" ;;
    esac
    refused "TRUNCATE TABLE $table;"
    refused "ALTER TABLE $table ADD COLUMN more BIGINT;"
    refused "DROP TABLE $table;"
  done
  refused "CREATE TABLE intruder (id BIGINT);"
}

serve_answers() {
  (cd "$work" && DATABASE_URL=$(url_of "$user" "$user_password") DMT_MIGRATE=off DMT_BIND=127.0.0.1:$port exec "$dmt" serve --demo) >"$work/serve.log" 2>&1 &
  serve_pid=$!
  local i
  for i in $(seq 120); do
    if DMT_BIND=127.0.0.1:$port "$dmt" health >/dev/null 2>&1; then break; fi
    kill -0 $serve_pid 2>/dev/null || { cat "$work/serve.log" >&2; fail "dmt serve as $user ended"; }
    [ "$i" -lt 120 ] || { cat "$work/serve.log" >&2; fail "dmt serve as $user does not answer"; }
    sleep 0.5
  done
  kill $serve_pid && wait $serve_pid || fail "dmt serve as $user did not end with 0"
  serve_pid=
  ok
}

# Names stand in the history, which the user only adds to: he is refused with a sentence, and the owner is not.
erase() { DATABASE_URL=$(url_of "$1" "$2") "$dmt" user erase viewer --reason 'A check.' --yes >"$work/erase.log" 2>&1; }
erasing() {
  local before="SELECT COUNT(*) FROM app_user WHERE username = 'viewer' AND is_active;"
  if erase "$user" "$user_password"; then fail "$user may erase a person"; fi
  grep -q "a DATABASE_URL of the owner of the tables" "$work/erase.log" || fail "erasing as $user: $(cat "$work/erase.log")"
  [ "$(admin $db <<<"$before")" = 1 ] || fail "erasing as $user has changed the account"
  erase "$owner" "$owner_password" || fail "erasing as $owner: $(cat "$work/erase.log")"
  DATABASE_URL=$(url_of "$user" "$user_password") "$dmt" audit verify >"$work/verify.log" 2>&1 || fail "after an erasure: $(cat "$work/verify.log")"
  grep -q "what .dmt user erase. left" "$work/verify.log" || fail "nothing was erased: $(cat "$work/verify.log")"
  ok
}

check() {
  connect "$1"
  drop_all
  checks=0

  run_script >"$work/said" || fail "first run"
  owner_password=$(said $owner) user_password=$(said $user)
  [[ $owner_password =~ ^[0-9A-F]{20}-[0-9a-f]{20}$ && $user_password =~ ^[0-9A-F]{20}-[0-9a-f]{20}$ ]] || fail "no random passwords: $(cat "$work/said")"
  [ "$owner_password" != "$user_password" ] || fail "one password for both"
  ok
  as_owner <<<'SELECT 1;' >/dev/null || fail "$owner cannot sign in"
  as_user <<<'SELECT 1;' >/dev/null || fail "$user cannot sign in before the first migration"
  ok

  case $server in
    postgres) want=UTF8 sql="SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = '$db';" ;;
    mariadb) want=utf8mb4_nopad_bin ;;
    mysql) want=utf8mb4_0900_bin ;;
  esac
  [ "$server" = postgres ] || sql="SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = '$db';"
  [ "$(admin <<<"$sql")" = $want ] || fail "$db is not $want"
  ok

  # A table of the owner's is readable, and no more, until the rights are given.
  as_owner <<<'CREATE TABLE early (id BIGINT);'
  allowed 'SELECT COUNT(*) FROM early;'
  refused 'INSERT INTO early VALUES (1);'
  as_owner <<<'DROP TABLE early;'

  migrate
  every_table
  if [ -z "${DMT_BIN:-}" ]; then
    allowed "INSERT INTO audit_event VALUES (1, 'a'); INSERT INTO defect VALUES (1, 'a');"
    allowed "UPDATE defect SET version = 'b' WHERE id = 1;"
    refused "UPDATE audit_event SET version = 'b' WHERE id = 1;"
    refused "DELETE FROM audit_event WHERE id = 1;"
    allowed "DELETE FROM defect WHERE id = 1;"
  fi

  # Again, and after another migration.
  run_script >"$work/said" || fail "second run"
  [ "$(said $owner) $(said $user)" = "unchanged unchanged" ] || fail "the second run said: $(cat "$work/said")"
  migrate later_table
  every_table

  # Given passwords, with all that a quoting mistake trips over.
  local old=$user_password
  owner_password="o'\"w%p@ss" user_password="u'\"s%r/pa:ss?#"
  run_script "$owner_password" "$user_password" >"$work/said" || fail "run with passwords"
  [ "$(said $owner) $(said $user)" = "as given as given" ] || fail "with passwords it said: $(cat "$work/said")"
  as_owner <<<'SELECT 1;' >/dev/null || fail "$owner cannot sign in with the given password"
  as_user <<<'SELECT 1;' >/dev/null || fail "$user cannot sign in with the given password"
  if asks_for_passwords; then cannot_sign_in $user "$old" "with its old password"; else say "  $server lets everybody in without a password: passwords not proven here"; fi
  every_table

  # Nobody else.
  if [ "$server" = postgres ]; then
    admin <<<'CREATE ROLE dmt_chk_other LOGIN;'
    cannot_sign_in dmt_chk_other '' "though it is neither owner nor user"
  fi

  if [ -n "${DMT_BIN:-}" ]; then
    user_password=plain-user-password owner_password=plain-owner-password
    run_script $owner_password $user_password >/dev/null
    serve_answers
    erasing
  fi

  drop_all
  say "$server: $checks checks passed"
  server=none
}

if [ -n "${DMT_BIN:-}" ]; then dmt=$(realpath "$DMT_BIN"); DMT_BIN=$dmt; fi
[ $# -gt 0 ] || set -- postgres mariadb mysql
variables=$(scripts/databases.sh start "$@")
eval "$variables"
for name in "$@"; do check "$name"; done
