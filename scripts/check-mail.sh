#!/usr/bin/env bash
# Proves that `dmt serve` sends mail: a report reaches aiosmtpd, a mail server of somebody else's making, and `dmt doctor`
# finds it. The tests of the API have a mail server of their own; this one would notice if both of ours were wrong.
# DMT_BIN: the program (default: built here). Needs python3 with venv, curl and jq.
set -euo pipefail
cd "$(dirname "$0")/.."
version=1.4.6
folder=$(mktemp -d)
port=${DMT_MAIL_CHECK_PORT:-18095}
smtp_port=$((port + 1))
home=$PWD/target/aiosmtpd
. scripts/live.sh
trap clean_up EXIT
python_with "$home" aiosmtpd $version
fail() { echo "check-mail: $*" >&2; cat "$folder"/*.log >&2; exit 1; }

"$home/bin/python" -m aiosmtpd -n -l "127.0.0.1:$smtp_port" -c aiosmtpd.handlers.Mailbox "$folder/mail" >"$folder/smtp.log" 2>&1 &
export DATABASE_URL=sqlite:dmt.db DMT_SMTP_URL="smtp://127.0.0.1:$smtp_port?tls=off" DMT_MAIL_FROM='DMT <dmt@example.com>'
serve_demo "$folder/dmt.log"
(cd "$folder" && "$dmt" doctor) | grep -q "^ok    mail:" || fail "dmt doctor does not find the mail server"

base=http://127.0.0.1:$port
as() { curl -fsS -H "Authorization: Bearer $1" -H 'Content-Type: application/json' "${@:2}"; }
quality=$(token quality) inspector=$(token inspector)
as "$quality" -X PUT "$base/api/v1/me/email" -d '{"email": "quality@example.com"}'
as "$quality" -X PUT "$base/api/v1/me/notifications" -d '{"immediate": ["reported"], "daily": []}' >/dev/null
tag=$(as "$inspector" "$base/api/v1/defects" -d '{"part_id": 1, "work_center_id": 1, "title": "Burr", "description": "At the edge.", "quantity_defective": "1"}' | jq -r .tag_number)
for _ in $(seq 100); do grep -rqs "$tag" "$folder/mail/new" && break; sleep 0.1; done
mail=$(grep -rls "$tag" "$folder/mail/new") || fail "no mail about $tag"
grep -q '^To: .*quality@example.com' "$mail" || fail "$(cat "$mail")"
echo "check-mail: $tag was told to quality@example.com"
