#!/usr/bin/env bash
# PyPI rdflib 7.6.0.
# Expected: an RDF literal is its characters (RDF 1.1 Concepts, 3.3: equal only 'character by character'), so that a
# graph written again as N-Triples is the same graph, with the same hash (RDF Dataset Canonicalization).
# Happens: '...Z' becomes '...+00:00', '.5' seconds '.500000', and a date's zone is dropped: 2024-01-01 in Tokyo
# and in Honolulu are one literal. Decimals and years stay as they are.
# Met by: whoever checks a credential's proof, or signs a dataset's description, by way of rdflib: a good proof
# of validFrom fails, without a word about why.
# We: sign credentials as canonical JSON, with no RDF on the way (ADR 0083). Else: rdflib.NORMALIZE_LITERALS =
# False before anything is read.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile rdflib==7.6.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
from rdflib import Graph

XSD = "http://www.w3.org/2001/XMLSchema#"
def written_again(characters, kind):
    line = f'<urn:credit:1> <urn:value> "{characters}"^^<{XSD}{kind}> .\n'
    again = Graph().parse(data=line, format="nt").serialize(format="nt").strip()
    print(f"{characters:22} {again.split(chr(34))[1]}")
    return again.split(chr(34))[1]

assert written_again("2024-01-01T00:00:00Z", "dateTime") == "2024-01-01T00:00:00+00:00"
assert written_again("2024-01-01T00:00:00.5Z", "dateTime") == "2024-01-01T00:00:00.500000+00:00"
assert written_again("2024-01-01+09:00", "date") == written_again("2024-01-01-10:00", "date") == "2024-01-01"
assert written_again("1000.00", "decimal") == "1000.00" and written_again("2023", "gYear") == "2023"
PYTHON
