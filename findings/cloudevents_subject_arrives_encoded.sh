#!/usr/bin/env bash
# npm cloudevents 10.0.0, reading what PyPI cloudevents 2.2.0 (both the project's own SDKs) wrote.
# Expected: a subject with an accent or a space arrives as it was sent. In binary mode its writer percent-encodes it
# and its reader decodes it (CloudEvents HTTP binding 1.0.2, 3.1.3.2); a time keeps its microseconds, as RFC 3339 has them.
# Happens: Python's side does both, JavaScript's neither: the subject arrives with its percent signs. An event
# read and passed on has its time cut to milliseconds, in binary mode and in structured mode.
# Met by: whoever forwards a registry's events over CloudEvents and filters by a project's or a beneficiary's name, or
# tells an event by its source and moment.
# We: send ids, not names, and Standard Webhooks over the bytes that are sent (ADR 0032).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile cloudevents==2.2.0
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts cloudevents@10.0.0
bin/python -W ignore > sent.json - <<'PYTHON'
import json
from datetime import UTC, datetime
from cloudevents.core.bindings.http import from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

attributes = {
    "specversion": "1.0", "id": "1", "source": "/registry", "type": "credits.retired", "subject": "Maré Alta",
    "time": datetime(2024, 3, 4, 10, 0, 0, 123456, tzinfo=UTC), "datacontenttype": "application/json",
}
sent = to_binary(CloudEvent(attributes=attributes, data={"quantity": "10.00"}), JSONFormat())
assert from_binary(sent, JSONFormat()).get_attributes()["subject"] == "Maré Alta"
print(json.dumps({"headers": sent.headers, "body": sent.body.decode()}))
PYTHON
cat > read.mjs <<'JAVASCRIPT'
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { HTTP } from 'cloudevents';

const sent = JSON.parse(readFileSync('sent.json', 'utf8'));
const read = HTTP.toEvent(sent);
const passedOn = [HTTP.binary(read).headers['ce-time'], JSON.parse(HTTP.structured(read).body).time];
console.log('sent:  ', sent.headers['ce-subject'], sent.headers['ce-time']);
console.log('read:  ', read.subject, ' passed on:', ...passedOn);
assert.equal(read.subject, 'Mar%C3%A9%20Alta');
assert(sent.headers['ce-time'].includes('.123456'));
assert.deepEqual(passedOn, ['2024-03-04T10:00:00.123Z', '2024-03-04T10:00:00.123Z']);
JAVASCRIPT
node read.mjs
