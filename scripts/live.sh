# Sourced by the scripts that run `dmt serve`. It needs $folder (its own, which clean_up removes) and $port, and leaves
# $dmt, the program: DMT_BIN, or the one that is built here.
# shellcheck shell=bash
if [ -z "${DMT_BIN:-}" ]; then cargo build --quiet --locked -p api && DMT_BIN=${CARGO_TARGET_DIR:-target}/debug/dmt; fi
dmt=$(realpath "$DMT_BIN")
unset DMT_BIN # no setting of dmt
server=

# A Python in a folder of its own, with that version of a package: folder, package, version.
python_with() {
  "$1/bin/python" -c 'import importlib.metadata as m, sys; sys.exit(m.version(sys.argv[1]) != sys.argv[2])' "${2%%\[*}" "$3" 2>/dev/null && return
  python3 -c 'import ensurepip' 2>/dev/null || { echo "${0##*/}: python3 has no venv; on Debian: apt-get install python3-venv" >&2; return 1; }
  python3 -m venv --clear "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check "$2==$3"
}

# Starts `dmt serve --demo` on DATABASE_URL in $folder, and waits until it is ready.
serve_demo() { # log
  (cd "$folder" && DMT_BIND=127.0.0.1:$port RUST_LOG=warn exec "$dmt" serve --demo) >"$1" 2>&1 &
  server=$!
  for _ in $(seq 600); do
    curl -fs "http://127.0.0.1:$port/ready" >/dev/null && return
    kill -0 $server 2>/dev/null || break
    sleep 0.1
  done
  cat "$1" >&2
  return 1
}

# Ends it, and looks at how it went.
end_server() { # log
  kill -TERM $server
  wait $server || { echo "${0##*/}: the server did not end well" >&2; return 1; }
  server=
  ! grep -iE ' (ERROR|panicked)' "$1"
}

# The token of one of the demo's users, or of whoever has that password: name, password.
token() {
  curl -fsS "http://127.0.0.1:$port/api/v1/auth/token" -d grant_type=password -d "username=$1" -d "password=${2:-$1-demo}" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'
}

# For a trap: ends all that was started.
clean_up() {
  # shellcheck disable=SC2046 # one word for each
  kill $(jobs -p) 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$folder"
}
