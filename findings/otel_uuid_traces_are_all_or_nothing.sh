#!/usr/bin/env bash
# PyPI opentelemetry-sdk 1.45.2, TraceIdRatioBased; trace ids of random UUIDs, as many programs and proxies make them.
# Expected: a sampler of a ratio keeps that share of traces (specification, "TraceIdRatioBased"; its ids are 16 bytes, of
# which W3C Trace Context level 1 only asks that they be not all zero).
# Happens: only the lower eight bytes are looked at, and of a UUID these begin with the bits of its variant, "10". They lie
# between a half and three quarters of the range: of such traces none is kept up to a ratio of 0.5, all of them from 0.75 on.
# Met by: whoever turns on 5 % of traces and finds none of those that begin at a caller or proxy with UUIDs.
# We: make trace ids of 128 random bits; with a caller's traceparent we count on its error and log line, not on its trace.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile opentelemetry-sdk==1.45.2
cd "$folder"
bin/python - <<'PYTHON'
from random import Random
from uuid import UUID
from opentelemetry.sdk.trace.sampling import Decision, TraceIdRatioBased

COUNT = 2_000
random = Random(1)
plain = [random.getrandbits(128) for _ in range(COUNT)]
uuids = [UUID(int=number, version=4).int for number in plain]

def share(ids, ratio):
    sampler = TraceIdRatioBased(ratio)
    kept = (sampler.should_sample(None, one, "GET /").decision is Decision.RECORD_AND_SAMPLE for one in ids)
    return sum(kept) / len(ids)

print("ratio asked for, kept of random ids, kept of random UUIDs")
kept = {}
for ratio in (0.05, 0.25, 0.5, 0.625, 0.75, 0.95):
    kept[ratio] = share(plain, ratio), share(uuids, ratio)
    print(ratio, *kept[ratio])
assert all(abs(of_plain - ratio) < 0.04 for ratio, (of_plain, _) in kept.items())
assert [of_uuids for ratio, (_, of_uuids) in kept.items() if ratio <= 0.5] == [0, 0, 0]
assert abs(kept[0.625][1] - 0.5) < 0.04
assert [of_uuids for ratio, (_, of_uuids) in kept.items() if ratio >= 0.75] == [1, 1]
PYTHON
