#!/usr/bin/env bash
# PyPI ministack 1.4.21, boto3 1.44.5.
# Expected: of KMS Decrypt's KeyId AWS's API reference says that a ciphertext of another key is IncorrectKeyException:
# naming the key is how a caller makes sure that the ciphertext is its own.
# Happens: the stand-in answers 200 with noise of the right length, under the other key's name. Another EncryptionContext it refuses.
# Met by: whoever tests offline that two registries, or two environments of one, cannot read each other's data keys: no error
# says so, and the noise becomes a data key that seals rows for good.
# We: test there what the stand-in does look at, and leave the key's name to AWS (tests/adapters/personal_data/test_kms_wrapping.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile ministack==1.4.21 boto3==1.44.5
cd "$folder"
port=$("$folder/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
BIND_HOST=127.0.0.1 GATEWAY_PORT=$port SERVICES=kms SFTP_ENABLED=false IOT_MTLS_ENABLED=false TMPDIR=$folder \
    "$folder/venv/bin/python" -m ministack >/dev/null 2>&1 &
server=$!
PORT=$port AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import os
import socket
import time

import boto3
from botocore.exceptions import ClientError

port = int(os.environ["PORT"])
for _ in range(300):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        break
    except OSError:
        time.sleep(0.1)
kms = boto3.client("kms", endpoint_url=f"http://127.0.0.1:{port}", region_name="eu-central-1")
ours, theirs = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
context = {"registry": "ours"}
sealed = kms.encrypt(KeyId=ours, Plaintext=b"data key", EncryptionContext=context)["CiphertextBlob"]
opened = kms.decrypt(KeyId=theirs, CiphertextBlob=sealed, EncryptionContext=context)
print("opened under the other key:", opened["Plaintext"], "which the answer calls", "ours" if opened["KeyId"].endswith(ours) else "theirs")
assert opened["Plaintext"] != b"data key" and len(opened["Plaintext"]) == len(b"data key")
try:
    kms.decrypt(KeyId=ours, CiphertextBlob=sealed, EncryptionContext={"registry": "theirs"})
except ClientError as refused:
    print("another context is refused:", refused.response["Error"]["Code"])
else:
    raise SystemExit("another context is not refused any more")
PYTHON
