#!/usr/bin/env bash
# Builds what `just bench` compares dmt with, into target/peers (DMT_PEERS), and sees that the tools are there:
# wrk, sqlite3 and python3-venv from Debian's packages (installed where they are missing and this is root).
#   bench/peers/build.sh
# The Rust peers get SQLite with the flags of .cargo/config.toml, as dmt does; fastapi takes Python's own SQLite.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${DMT_PEERS:-target/peers}

missing=()
command -v wrk >/dev/null || missing+=(wrk)
command -v sqlite3 >/dev/null || missing+=(sqlite3)
command -v psql >/dev/null || missing+=(postgresql-client)
python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" = 0 ] || { echo "install these first: ${missing[*]}" >&2; exit 1; }
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

for peer in actix_sqlx actix_rusqlite; do
  cargo build --release --locked --manifest-path "bench/peers/$peer/Cargo.toml" --target-dir "$target"
done

wanted=bench/peers/fastapi/requirements.txt
if ! cmp -s "$wanted" "$target/venv/requirements.txt"; then
  rm -rf "$target/venv"
  python3 -m venv "$target/venv"
  "$target/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
  cp "$wanted" "$target/venv/requirements.txt"
fi
