#!/bin/sh
# The build stage of the Dockerfile. Debian with a Rust toolchain on the PATH; run in the source folder, as root.
#   scripts/image-build.sh packages     what the build needs besides Rust: a C compiler, for SQLite and ring
#   scripts/image-build.sh build DIR    builds dmt and puts it into DIR; further arguments go to cargo
set -eu
case ${1:-} in
  packages)
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends gcc libc6-dev ca-certificates
    rm -rf /var/lib/apt/lists/* ;;
  build)
    out=$2
    shift 2
    cargo build --release --locked -p api "$@"
    install -D -m 0755 "${CARGO_TARGET_DIR:-target}/release/dmt" "$out/dmt" ;;
  *)
    sed -n '2,4s/^# \{0,1\}//p' "$0"
    exit 2 ;;
esac
