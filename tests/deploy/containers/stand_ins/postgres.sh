#!/bin/sh
# As far as docker-compose.yml asks for it: what the official image does when its data folder is empty.
set -eu
export PGDATA=/var/lib/postgresql/18/docker
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
    # shellcheck disable=SC2086 # several options in one variable, as the official image takes them
    initdb --username postgres --pwfile /tmp/password --auth-local trust --auth-host scram-sha-256 $POSTGRES_INITDB_ARGS
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    pg_ctl --wait --options "-c listen_addresses='' -c unix_socket_directories=/tmp" start
    for script in /docker-entrypoint-initdb.d/*.sh; do
        PGHOST=/tmp POSTGRES_USER=postgres sh "$script"
    done
    pg_ctl --wait --mode fast stop
fi
exec postgres -c listen_addresses='*' -c unix_socket_directories=/tmp
