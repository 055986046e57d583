#!/bin/sh
# Creates the registry's namespace. Search attributes are registered by `python -m migrations`.
# Reads TEMPORAL_ADDRESS, NAMESPACE and RETENTION.
set -eu

attempts=30
until temporal operator cluster health --address "$TEMPORAL_ADDRESS"; do
    attempts=$((attempts - 1))
    [ "$attempts" -gt 0 ] || { echo "Temporal gives no answer at $TEMPORAL_ADDRESS."; exit 1; }
    sleep 2
done
if ! temporal operator namespace describe --namespace "$NAMESPACE" --address "$TEMPORAL_ADDRESS"; then
    temporal operator namespace create --namespace "$NAMESPACE" --retention "$RETENTION" \
        --address "$TEMPORAL_ADDRESS"
fi
