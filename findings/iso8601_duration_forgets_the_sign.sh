#!/usr/bin/env bash
# npm iso8601-duration 2.1.4.
# Expected: a negative duration (-P1D: ISO 8601-2, XML Schema, java.time, PostgreSQL) is taken for what it
# is, or refused, as the package refuses a part it does not know.
# Happens: the sign is left out: a day before becomes a day after.
# Met by: pages and clients that work out reminders before a deadline (a decision due, a period's end).
# We: state moments, not durations, in the API.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts iso8601-duration@2.1.4
cat > shown.mjs <<'JAVASCRIPT'
import assert from 'node:assert';
import { end, parse } from 'iso8601-duration';

const due = new Date('2024-06-30T00:00:00Z');
const reminder = end(parse('-P1D'), due).toISOString();
console.log('one day before', due.toISOString(), 'is', reminder);
assert.equal(reminder, '2024-07-01T00:00:00.000Z');
JAVASCRIPT
node shown.mjs
