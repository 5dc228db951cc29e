#!/bin/sh
# The second stage of the Dockerfile, before dmt itself is copied in: certificates, to check a database server's
# or a proxy's, and the account that dmt runs as with the one directory that it may write to.
set -eu
apt-get update -qq
apt-get install -y -qq --no-install-recommends ca-certificates
rm -rf /var/lib/apt/lists/*
getent group dmt >/dev/null || groupadd --gid 10001 dmt
getent passwd dmt >/dev/null || useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/dmt --shell /usr/sbin/nologin dmt
install -d -o 10001 -g 10001 -m 0750 /var/lib/dmt
