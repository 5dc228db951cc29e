#!/usr/bin/env bash
# Says whether throwaway data can be kept in memory: in /dev/shm, where that leaves 6 GB of it.
#   scripts/memory.sh [GB]    ends with 0 or 1, prints nothing
set -euo pipefail
wanted=$((${1:-6} * 1024 * 1024)) # KiB
[ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ] && [ -w /dev/shm ]
[ "$(df --output=avail /dev/shm | tail -n 1)" -ge $wanted ]
[ "$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)" -ge $wanted ]
