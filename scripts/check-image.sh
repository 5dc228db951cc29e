#!/usr/bin/env bash
# Runs the Dockerfile's steps without a container engine: on a bare Debian made by debootstrap.
#   scripts/check-image.sh            build stage, then run stage: dmt as uid 10001 serves the demo and answers /ready
#   scripts/check-image.sh prepare    only the bare roots with their packages, and that Rust and C compile there
#   DMT_IMAGE_BINARY=FILE scripts/check-image.sh    leaves out the build: takes FILE as what it built
# Needs root, Debian's debootstrap (installed if missing) and apt's mirror. The build takes this machine's Rust
# toolchain and its downloaded crates, mounted read-only, and no network; the toolchain must run on that Debian.
# Keeps its roots in /var/tmp/dmt-image (DMT_IMAGE_ROOT): delete that folder to begin afresh.
set -euo pipefail
cd "$(dirname "$0")/.."
suite=bookworm
top=${DMT_IMAGE_ROOT:-/var/tmp/dmt-image}
port=${DMT_CHECK_PORT:-18098}
mode=${1:-all}
case $mode in all | prepare) ;; *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;; esac

say() { printf 'check-image: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
[ "$(id -u)" = 0 ] || die "needs root: it makes and enters a Debian of its own"

# In a mount namespace of our own, every mount is gone when this script ends, however it ends.
if [ -z "${DMT_IMAGE_INSIDE:-}" ]; then
  cargo fetch --locked --target "$(rustc -vV | sed -n 's/^host: //p')"
  DMT_IMAGE_INSIDE=1 exec unshare --mount --propagation private bash "$0" "$mode"
fi

grep -q "^RUN scripts/image-build.sh packages$" Dockerfile && grep -q "^RUN scripts/image-build.sh build /out$" Dockerfile &&
  grep -q "^RUN /tmp/image-runtime.sh " Dockerfile || die "the Dockerfile no longer runs the steps that this script checks"

# --- bare roots -------------------------------------------------------------------------------------------
bare() {
  [ -e "$top/bare.done" ] && return
  command -v debootstrap >/dev/null || { apt-get update -qq && apt-get install -y -qq debootstrap >/dev/null; }
  local mirror # the one that this machine's apt already uses
  mirror=$(apt-get indextargets --format '$(SITE) $(COMPONENT)' | awk '$2 == "main" && $1 ~ /debian\/?$/ { print $1; exit }')
  [ -n "$mirror" ] || die "apt here has no Debian mirror"
  say "making a bare $suite"
  rm -rf "$top/bare" && mkdir -p "$top"
  debootstrap --variant=minbase $suite "$top/bare" "$mirror" >"$top/debootstrap.log" 2>&1 || { tail -n 20 "$top/debootstrap.log" >&2; die "debootstrap failed"; }
  touch "$top/bare.done"
}

# A fresh copy of the bare root with one step's packages, kept until the step's script changes.
stage() { # name, script, arguments
  local name=$1 script=$2 stamp
  shift 2
  stamp=$(sha256sum "$script" | cut -d' ' -f1)
  if [ "$(cat "$top/$name.done" 2>/dev/null)" != "$stamp" ]; then
    say "$script $* on a bare $suite"
    rm -rf "${top:?}/$name" "${top:?}/$name.done"
    cp -a "$top/bare" "$top/$name"
    install -m 0755 "$script" "$top/$name/tmp/step.sh"
    cp /etc/resolv.conf "$top/$name/etc/resolv.conf"
    mount_proc "$top/$name"
    chroot "$top/$name" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive HOME=/root \
      ${http_proxy:+"http_proxy=$http_proxy"} /tmp/step.sh "$@" >"$top/$name.log" 2>&1 </dev/null || { tail -n 20 "$top/$name.log" >&2; die "$script $* failed"; }
    rm "$top/$name/tmp/step.sh"
    echo "$stamp" >"$top/$name.done"
  fi
  mount_proc "$top/$name"
}
mount_proc() { mountpoint -q "$1/proc" || mount -t proc proc "$1/proc"; }
read_only() { mkdir -p "$2" && mount --bind "$1" "$2" && mount -o remount,bind,ro "$2"; }

# --- build stage ------------------------------------------------------------------------------------------
build_root() {
  stage build scripts/image-build.sh packages
  local root=$top/build
  read_only "$(rustc --print sysroot)" "$root/opt/rust"
  mkdir -p "$root/opt/cargo" "$root/src" "$top/target" "$root/opt/target"
  read_only "${CARGO_HOME:-$HOME/.cargo}/registry" "$root/opt/cargo/registry"
  mount --bind "${DMT_IMAGE_TARGET:-$top/target}" "$root/opt/target"
}
in_build() { # a new network namespace: nothing but what is there
  unshare --net chroot "$top/build" env -i PATH=/opt/rust/bin:/usr/bin:/bin HOME=/root CARGO_HOME=/opt/cargo CARGO_TARGET_DIR=/opt/target \
    CARGO_TERM_COLOR=never sh -c 'cd /src && exec "$@"' sh "$@"
}
copy_source() { # as .dockerignore has it: what git knows or would add, less what is left out there
  rm -rf "$top/build/src" && mkdir -p "$top/build/src"
  git ls-files -z --cached --others --exclude-standard | grep -zvE '^(\.ci/|\.env)' | while IFS= read -r -d '' f; do [ -e "$f" ] && printf '%s\0' "$f"; done |
    tar --null -T - -c | tar -x -C "$top/build/src"
}

# --- run stage --------------------------------------------------------------------------------------------
run_root() {
  stage run scripts/image-runtime.sh
  local root=$top/run
  rm -rf "$root/var/lib/dmt" && install -d -o 10001 -g 10001 -m 0750 "$root/var/lib/dmt"
  id=$(chroot "$root" getent passwd dmt | cut -d: -f3,4)
  [ "$id" = 10001:10001 ] || die "the account dmt is $id"
}
# Not a function: each of these programs becomes the next, so that $! is dmt itself.
in_run=(chroot --userspec=10001:10001 "$top/run" env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/var/lib/dmt DMT_BIND="127.0.0.1:$port"
  sh -c 'cd /var/lib/dmt && exec "$@"' sh)
ready() { # a request by hand: the image has no curl, and this is a check of `dmt health` as well
  exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
  printf 'GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  head -n 1 <&3 | tr -d '\r'
  exec 3>&-
}

bare
build_root
in_build rustc -vV | sed -n '1p' >&2 || die "this machine's Rust toolchain does not run on $suite"
printf 'fn main() { println!("compiled and linked"); }\n' >"$top/build/tmp/a.rs"
in_build sh -c 'rustc -o /tmp/a /tmp/a.rs && /tmp/a' >&2
copy_source
in_build cargo metadata --locked --offline --format-version 1 --filter-platform "$(rustc -vV | sed -n 's/^host: //p')" >/dev/null || die "the crates are not all downloaded"
run_root
if [ "$mode" = prepare ]; then say "the roots are ready in $top"; exit 0; fi

if [ -n "${DMT_IMAGE_BINARY:-}" ]; then
  install -D -m 0755 "$DMT_IMAGE_BINARY" "$top/build/out/dmt"
else
  say "scripts/image-build.sh build, on the bare $suite without a network"
  in_build scripts/image-build.sh build /out --offline
fi
install -m 0755 "$top/build/out/dmt" "$top/run/usr/local/bin/dmt"
say "dmt: $(du -h "$top/run/usr/local/bin/dmt" | cut -f1), needs only: $("${in_run[@]}" ldd /usr/local/bin/dmt | awk '{ print $1 }' | tr '\n' ' ')"

"${in_run[@]}" dmt serve --demo >"$top/serve.log" 2>&1 </dev/null &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
for i in $(seq 120); do
  if status=$(ready 2>/dev/null) && [[ $status == "HTTP/1.1 200"* ]]; then break; fi
  kill -0 $server 2>/dev/null || { cat "$top/serve.log" >&2; die "dmt serve --demo ended"; }
  [ "$i" -lt 120 ] || { cat "$top/serve.log" >&2; die "/ready never answered 200 (last: ${status:-nothing})"; }
  sleep 0.5
done
"${in_run[@]}" dmt health || die "/ready answers 200, but dmt health exits with $?"
owner=$(stat -c %u /proc/$server)
[ "$owner" = 10001 ] || die "dmt runs as uid $owner"
[ -s "$top/run/var/lib/dmt/dmt.db" ] || die "no database in /var/lib/dmt"
kill $server
wait $server || die "dmt did not end with 0 after SIGTERM"
trap - EXIT
if "${in_run[@]}" dmt health 2>/dev/null; then die "dmt health is content with a server that has ended"; fi
say "run stage: $(du -sh --exclude=proc "$top/run" | cut -f1) in all; dmt served the demo as uid 10001, answered /ready and ended with 0"
