#!/bin/sh
# Runs once, when PostgreSQL makes its data folder (docker-entrypoint-initdb.d).
# The registry and Temporal each get a role of their own that is no superuser. The registry's API and
# worker connect as a third one, which owns nothing; migration 0007 says what it may do.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set registry_password="$REGISTRY_PASSWORD" --set app_password="$APP_PASSWORD" \
    --set temporal_password="$TEMPORAL_PASSWORD" <<'SQL'
CREATE ROLE karbonica LOGIN PASSWORD :'registry_password';
CREATE DATABASE karbonica OWNER karbonica;
CREATE ROLE karbonica_app LOGIN PASSWORD :'app_password';
-- Temporal's own tool creates its two databases.
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'temporal_password';
SQL
