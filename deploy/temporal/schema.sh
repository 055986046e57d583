#!/bin/sh
# Creates Temporal's two databases and brings their schema to the server's version. Safe to run again.
# Reads SQL_PASSWORD.
set -eu

for database in temporal temporal_visibility; do
    schema=/etc/temporal/schema/postgresql/v12/${database#temporal_}/versioned
    tool="temporal-sql-tool --plugin postgres12 --endpoint postgres --port 5432 --user temporal --database $database"
    $tool create || echo "$database is there already."
    # Version 0.0 lays the tables in which versions are kept; where they are, it is refused.
    $tool setup-schema --version 0.0 || echo "$database has a schema already; it is only updated."
    $tool update-schema --schema-dir "$schema"
done
