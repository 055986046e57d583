#!/usr/bin/env bash
# PyPI standardwebhooks 1.1.0, the reference library of Standard Webhooks.
# Expected: sign(msg_id, timestamp, data) signs the moment it is given: seconds since the epoch, as the
# specification says of the header webhook-timestamp. A datetime with a zone is one moment in every zone.
# Happens: the zone is replaced, not converted. A moment written in Tokyo's time is signed nine hours later,
# and the library's own verify() refuses the message with the header that the specification asks for.
# Met by: senders whose clock speaks local time with its zone, and whoever tests a receiver with such moments.
# We: make signatures ourselves from whole seconds (ADR 0032), and hold them against this library's verify().
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile standardwebhooks==1.1.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import base64
from datetime import UTC, datetime
from zoneinfo import ZoneInfo
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

hook = Webhook("whsec_" + base64.b64encode(bytes(24)).decode())
now = datetime.now(UTC)
body = '{"type": "credits.issued"}'

def verdict(moment):
    headers = {
        "webhook-id": "msg_1", "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": hook.sign("msg_1", moment, body),
    }
    try:
        return hook.verify(body, headers)
    except WebhookVerificationError as fault:
        return str(fault)

there = now.astimezone(ZoneInfo("Asia/Tokyo"))
print("one moment:", now == there)
print("in UTC:    ", verdict(now))
print("in Tokyo:  ", verdict(there))
assert now == there and verdict(now) == {"type": "credits.issued"}
assert verdict(there) == "No matching signature found"
PYTHON
