#!/usr/bin/env bash
# Proves that attachments lie in a store that speaks S3: moto, a server of somebody else's making. The store's own tests,
# `dmt doctor`, and through `dmt serve` a file there and back, with what the server takes of memory meanwhile.
# DMT_BIN: the program (default: built here). Needs python3 with venv, curl and jq; Linux for the memory.
set -euo pipefail
cd "$(dirname "$0")/.."
version=5.2.5
# What docs/attachments.md promises, in MiB: for a file, and for a picture that is written anew.
file_bound=64 picture_bound=512
# With the features that everything is built with, as the store's tests below.
if [ -z "${DMT_BIN:-}" ]; then cargo build --quiet --workspace --bins --locked && DMT_BIN=${CARGO_TARGET_DIR:-target}/debug/dmt; fi
folder=$(mktemp -d)
home=$PWD/target/moto
. scripts/live.sh
trap clean_up EXIT
python_with "$home" "moto[server]" $version
fail() { echo "check-s3: $*" >&2; tail -n 50 "$folder"/*.log >&2; exit 1; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

s3_port=$(free_port)
"$home/bin/moto_server" -H 127.0.0.1 -p "$s3_port" >"$folder/moto.log" 2>&1 &
export AWS_ACCESS_KEY_ID=check AWS_SECRET_ACCESS_KEY=check AWS_REGION=us-east-1 AWS_ALLOW_HTTP=true
export AWS_ENDPOINT=http://127.0.0.1:$s3_port AWS_EC2_METADATA_DISABLED=true
for _ in $(seq 300); do curl -fs "$AWS_ENDPOINT/" >/dev/null && break; sleep 0.1; done
bucket() { # the bucket made, or the names in it
  "$home/bin/python" - "$@" <<'PYTHON'
import boto3, os, sys
s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT"], region_name=os.environ["AWS_REGION"])
if sys.argv[1] == "make":
    s3.create_bucket(Bucket="plant")
else:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket="plant", Prefix=sys.argv[1]):
        for entry in page.get("Contents", []):
            print(entry["Key"], entry["Size"])
PYTHON
}
bucket make || fail "no bucket could be made"

# The store's tests.
DMT_TEST_S3=s3://plant/tests cargo test --workspace --lib --locked -- --nocapture a_store_that_speaks_s3_keeps_the_same >"$folder/tests.log" 2>&1 ||
  fail "the store's test failed"
grep -q "a_store_that_speaks_s3_keeps_the_same ... ok" "$folder/tests.log" || fail "the store's test did not run"
[ -n "$(bucket tests/sha256/)" ] || fail "the store's test left nothing in the bucket"
echo "check-s3: the store keeps at moto $version what it keeps in a folder"

port=$(free_port)
export DATABASE_URL=sqlite:dmt.db DMT_FILES=s3://plant/dmt
export DMT_REQUEST_TIMEOUT_SECS=600 # a debug build takes its time with 50 million pixels
serve_demo "$folder/dmt.log"
cd "$folder"
"$dmt" doctor | grep -q "^ok    attachments:.*s3://plant/dmt" || fail "dmt doctor does not find the store"

python3 - <<'PYTHON'
import struct, zlib
def png(name, width, height, color, row):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    with open(name, "wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)))
        packer = zlib.compressobj(1)
        for _ in range(height):
            packed = packer.compress(b"\0" + row)
            if packed:
                out.write(chunk(b"IDAT", packed))
        out.write(chunk(b"IDAT", packer.flush()) + chunk(b"IEND", b""))
png("small.png", 800, 600, 2, bytes(range(240)) * 10)
png("most.png", 7071, 7071, 6, bytes([90, 120, 200, 128]) * 7071)  # 50 million pixels, with transparency
png("huge.png", 20000, 20000, 0, bytes(20000))
with open("most.pdf", "wb") as out:
    out.write(b"%PDF-1.7\n" + b"." * ((25 << 20) - 9))
PYTHON

base=http://127.0.0.1:$port
manager=$(token manager) inspector=$(token inspector)
as() { curl -fsS -H "Authorization: Bearer $1" "${@:2}"; }
record=$(as "$inspector" "$base/api/v1/defects" -H 'Content-Type: application/json' -d '{"part_id": 1, "work_center_id": 1, "title": "Burr", "description": "At the edge.", "quantity_defective": "1"}' | jq -r .id)
files=$base/api/v1/defects/$record/attachments
attach() { as "$inspector" "$files" -F "file=@$1"; }
same() { [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$2" ]; }

# There and back.
added=$(attach small.png)
id=$(jq -r .id <<<"$added") sha256=$(jq -r .sha256 <<<"$added")
as "$manager" "$files/$id/content" -o content
same content "$sha256" || fail "another content came back"
as "$manager" "$files/$id/thumbnail" -o thumbnail
head -c 3 thumbnail | od -An -tx1 | grep -q "ff d8 ff" || fail "the thumbnail is no JPEG"
kept=$(bucket dmt/sha256/)
grep -q "$sha256 $(stat -c %s content)" <<<"$kept" || fail "the bucket does not hold it: $kept"
grep -q "$(sha256sum <thumbnail | cut -d' ' -f1)" <<<"$kept" || fail "the bucket does not hold the thumbnail: $kept"
attach small.png >/dev/null
[ "$(bucket dmt/sha256/)" = "$kept" ] || fail "the same content is there twice"
as "$manager" -X POST "$files/$id/void" -H 'Content-Type: application/json' -d '{"reason": "Not this part."}' | jq -e '.voided_at != null' >/dev/null ||
  fail "it was not made void"
as "$manager" "$files/$id/content" -o again
same again "$sha256" || fail "what is void is gone"
echo "check-s3: a picture and its thumbnail went to the bucket and back"

# Memory: the peak of the process in MiB, from a given moment on.
peak() { awk '/^VmHWM:/ { print int($2 / 1024) }' "/proc/$server/status"; }
now() { awk '/^VmRSS:/ { print int($2 / 1024) }' "/proc/$server/status"; }
measured() { # file, status, bound
  local before
  echo 5 >"/proc/$server/clear_refs" # the peak begins anew
  before=$(now)
  got=$(curl -sS -o answer -w '%{http_code}' -H "Authorization: Bearer $inspector" "$files" -F "file=@$1")
  [ "$got" = "$2" ] || fail "$1: $got instead of $2: $(cat answer)"
  local took=$(($(peak) - before))
  printf 'check-s3: %-8s of %4d KiB: answered %s, %4d MiB more at the peak (%d before), at most %d promised\n' \
    "$1" $(($(stat -c %s "$1") / 1024)) "$got" $took "$before" "$3"
  [ $took -le "$3" ] || fail "$1 takes more memory than docs/attachments.md says"
}
measured most.pdf 201 $file_bound
sha256=$(jq -r .sha256 answer) id=$(jq -r .id answer)
as "$manager" "$files/$id/content" | cmp - most.pdf || fail "most.pdf came back as something else"
measured huge.png 422 $file_bound
measured most.png 201 $picture_bound
cd - >/dev/null
