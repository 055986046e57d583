#!/usr/bin/env bash
# PyPI blockfrost-python 0.7.0, against a server of this script that answers as Blockfrost's document says.
# Expected: gather_pages=True gathers all pages of a list, a hundred entries each, until one is shorter.
# Happens: each page is asked for from inside the call for the one before, one frame deeper in Python's stack, of
# which there are a thousand. A list of more than about 95,000 entries ends in a RecursionError, after all its
# requests have been paid for from the day's quota, and nothing of it is returned.
# Met by: whoever reads all transactions of a policy or an address of a registry that is no longer new.
# We: ask page by page and keep each as it comes (adapters/chain). Else: page= and count= in a loop of one's own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile blockfrost-python==0.7.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit
from blockfrost import BlockFrostApi

asked = []
class Chain(BaseHTTPRequestHandler):
    length = 0
    def do_GET(self):
        page = int(parse_qs(urlsplit(self.path).query).get("page", ["1"])[0])
        asked.append(page)
        entries = range((page - 1) * 100, min(page * 100, self.length))
        body = json.dumps([{"tx_hash": f"{n:064x}", "tx_index": 0} for n in entries]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Chain)
Thread(target=server.serve_forever, daemon=True).start()
api = BlockFrostApi(project_id="any", base_url=f"http://127.0.0.1:{server.server_port}")

def gathered(length):
    Chain.length = length
    asked.clear()
    try:
        return len(api.asset_transactions("aa" * 28 + "43524544", gather_pages=True))
    except RecursionError as fault:
        return f"{type(fault).__name__}, after {len(asked)} pages"

short, long = gathered(5_050), gathered(120_050)
print("5,050 transactions:  ", short)
print("120,050 transactions:", long)
assert short == 5_050
assert str(long).startswith("RecursionError")
PYTHON
