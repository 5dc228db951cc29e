#!/usr/bin/env bash
# What the tests in a browser need: Debian's Chromium and its driver, a font that has Chinese, and axe-core in
# target/browser/axe.min.js. Installs what is missing (as root); what is there is left as it is.
#   scripts/browser.sh
# The font is Droid's fallback, 2 MB to fetch; Noto's for the same signs has 57.
set -euo pipefail
cd "$(dirname "$0")/.."
axe=4.14.1 # MPL-2.0: only looked through, never shipped
folder=target/browser

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v chromedriver >/dev/null || missing+=(chromium-driver)
command -v npm >/dev/null || missing+=(npm)
dpkg -s fonts-droid-fallback >/dev/null 2>&1 || missing+=(fonts-droid-fallback)
if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || { echo "browser.sh: ${missing[*]} are missing, and there is no apt-get to install them" >&2; exit 1; }
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

if ! head -c 200 "$folder/axe.min.js" 2>/dev/null | grep -qF "axe v$axe"; then
  fetched=$(mktemp -d)
  trap 'rm -rf "$fetched"' EXIT
  npm pack --silent --pack-destination "$fetched" "axe-core@$axe" >/dev/null
  tar -xzf "$fetched/axe-core-$axe.tgz" -C "$fetched"
  mkdir -p "$folder"
  cp "$fetched/package/axe.min.js" "$folder/axe.min.js"
fi
chromium --version
chromedriver --version
echo "axe-core $axe"
