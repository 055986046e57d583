"""The services of a laptop start, take work, and leave nothing behind."""

import asyncio
import contextlib
import os
import signal
import smtplib
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import boto3
import httpx
import psutil
import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from adapters.settings.webhooks import WebhookSettings
from adapters.webhooks.secrets import open_webhook_secrets
from devstack.data_folder import end_stack, locked
from devstack.keys import ensure_keys, ensure_webhook_key
from devstack.passwords import ensure_passwords
from devstack.ports import choose_ports
from devstack.postgres import running_postgres
from devstack.processes import CannotStart
from devstack.stack import Services, StackOptions, running_services, running_stack

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SERVICES_ALONE = StackOptions(migrate=False, seed=False, quiet=True)
ROOT = Path(__file__).parents[2]


async def test_the_services_take_work_remember_it_and_leave_no_process(folder: Path) -> None:
    async with running_services(folder, SERVICES_ALONE) as services:
        await _store_something_everywhere(services)
        pids = [child.pid for child in services.services.values()]
        attributes = await _search_attributes(services)

    still_there = [pid for pid in pids if psutil.pid_exists(pid)]
    assert (len(pids), still_there, _processes_of(folder)) == (5, [], [])
    assert attributes == {
        "RegKind": "INDEXED_VALUE_TYPE_KEYWORD",
        "RegStatus": "INDEXED_VALUE_TYPE_KEYWORD",
        "RegProjectId": "INDEXED_VALUE_TYPE_KEYWORD",
        "RegOrganisationId": "INDEXED_VALUE_TYPE_KEYWORD",
        "RegFound": "INDEXED_VALUE_TYPE_BOOL",
        "RegWaitingSince": "INDEXED_VALUE_TYPE_DATETIME",
    }

    async with running_services(folder, SERVICES_ALONE) as services:
        connection = await asyncpg.connect(services.database_url)
        kept = await connection.fetchval("SELECT fact FROM facts")
        await connection.close()

        assert (kept, _object(services)) == ("kept", b"kept")


async def test_nobody_gets_in_by_knowing_our_source(folder: Path) -> None:
    """The database, S3, and the consoles that show files without S3."""
    ports = choose_ports(folder)
    options = replace(SERVICES_ALONE, ports=ports)
    async with running_services(folder, options) as services:
        await _store_something_everywhere(services)
        kept = folder / "passwords.json"
        refused = []
        for user in ("postgres", "karbonica_app"):
            for password in ("", "postgres", "karbonica"):
                try:
                    await asyncpg.connect(
                        host="127.0.0.1", port=ports["postgres"], user=user, password=password
                    )
                except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    refused.append(type(error).__name__)
        async with httpx.AsyncClient() as http:
            consoles = {
                name: (await http.get(f"http://127.0.0.1:{ports[name]}{path}")).status_code
                for name, path in (
                    ("weed_filer", "/buckets/karbonica/"),
                    ("weed_filer", "/buckets/karbonica/fact"),
                    ("s3", "/karbonica/fact"),
                )
            }
            volume = await http.get(f"http://127.0.0.1:{ports['weed_volume']}/ui/index.html")
            written = await http.put(
                f"http://127.0.0.1:{ports['weed_filer']}/buckets/karbonica/fact", content=b"forged"
            )
        fact = _object(services)

    assert len(refused) == 6
    assert consoles == {"weed_filer": 401, "s3": 403}
    assert not volume.is_success
    assert (written.status_code, fact) == (401, b"kept")
    assert kept.stat().st_mode & 0o777 == 0o600


async def test_a_folder_of_before_there_were_passwords_gets_them(folder: Path) -> None:
    port = choose_ports(folder)["postgres"]
    async with running_postgres(folder, port=port):
        pass
    (folder / "passwords.json").unlink()

    async with running_postgres(folder, port=port):
        connection = await asyncpg.connect(
            host="127.0.0.1",
            port=port,
            user="karbonica_app",
            password=ensure_passwords(folder).application,
            database="karbonica",
        )
        await connection.close()


async def test_every_process_ends_when_its_parent_is_killed(folder: Path) -> None:
    parent = await _stack_of_another_process(folder)
    children = psutil.Process(parent.pid).children(recursive=True)

    parent.send_signal(signal.SIGKILL)
    await parent.wait()

    deadline = time.monotonic() + 20
    while left := [child for child in children if _is_alive(child)]:
        assert time.monotonic() < deadline, left
        await asyncio.sleep(0.1)
    assert len(children) >= 5


async def test_down_ends_the_stack_of_its_folder(folder: Path) -> None:
    parent = await _stack_of_another_process(folder)
    children = psutil.Process(parent.pid).children(recursive=True)

    ended, _ = await asyncio.gather(asyncio.to_thread(end_stack, folder), parent.wait())

    assert ended == parent.pid
    assert len(children) >= 5
    assert [child for child in children if _is_alive(child)] == []
    assert end_stack(folder) is None


async def test_two_stacks_never_share_a_folder(folder: Path) -> None:
    with locked(folder), pytest.raises(CannotStart) as refusal:
        async with running_services(folder, SERVICES_ALONE):
            pass

    assert str(refusal.value) == (
        f"Another stack (process {os.getpid()}) already runs on {folder}; "
        "end it with `make down`, or give this one a folder of its own with --data."
    )


async def test_a_part_that_cannot_start_says_why_and_where_its_log_is(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "PG_VERSION").write_text("9\n")

    with pytest.raises(CannotStart) as refusal:
        async with running_postgres(folder, port=choose_ports(folder)["postgres"]):
            pass

    log = folder / "logs" / "postgres.log"
    assert str(refusal.value).startswith("PostgreSQL ended with code ")
    assert f"its log {log} ends with:" in str(refusal.value)


async def test_a_failing_part_ends_the_others(folder: Path) -> None:
    (folder / "chain.jsonl").write_text('{"genesis":{"slot":1,"funds":[]}}\n')

    with pytest.raises(CannotStart, match="remove that file to begin a new chain"):
        async with running_services(folder, SERVICES_ALONE):
            pass

    assert _processes_of(folder) == []


async def test_demo_accounts_are_refused_where_others_can_connect(folder: Path) -> None:
    with pytest.raises(CannotStart, match="published password"):
        async with running_stack(folder, StackOptions(api_host="0.0.0.0", quiet=True)):
            pass


def test_a_port_that_was_asked_for_and_is_taken_is_named(folder: Path) -> None:
    with _listening() as port, pytest.raises(CannotStart) as refusal:
        choose_ports(folder, {"temporal_ui": port})

    assert str(refusal.value) == f"Port {port}, which was asked for temporal_ui, is taken."


def test_a_folder_keeps_its_ports_and_gives_way_to_whoever_has_one(folder: Path) -> None:
    first = choose_ports(folder)
    with socket.socket() as other:
        other.bind(("127.0.0.1", first["api"]))
        other.listen()
        meanwhile = choose_ports(folder)

    assert choose_ports(folder) == first
    assert meanwhile["api"] != first["api"]
    assert len(set(first.values())) == len(first)


def test_keys_are_made_once_for_their_owner_alone(folder: Path) -> None:
    keys = ensure_keys(folder)
    seeds = [file.read_text() for file in (keys.platform_file, keys.certificate_file)]

    assert ensure_keys(folder) == keys
    assert seeds == [file.read_text() for file in (keys.platform_file, keys.certificate_file)]
    assert [len(bytes.fromhex(seed)) for seed in seeds] == [32, 32]
    assert {
        file.stat().st_mode & 0o777 for file in (keys.platform_file, keys.certificate_file)
    } == {0o600}
    assert keys.platform_address.startswith("addr_test1v")


def test_the_key_of_webhooks_secrets_is_made_once_and_is_what_the_settings_take(
    folder: Path,
) -> None:
    made = ensure_webhook_key(folder / "webhooks.key")
    content = made.read_text()

    assert ensure_webhook_key(folder / "webhooks.key") == made
    assert made.read_text() == content
    assert made.stat().st_mode & 0o777 == 0o600
    assert open_webhook_secrets(WebhookSettings(webhook_secret_key_file=made))


def test_another_key_has_another_address(folder: Path) -> None:
    first = ensure_keys(folder)
    first.platform_file.write_text("11" * 32)

    assert ensure_keys(folder).platform_address != first.platform_address


async def _store_something_everywhere(services: Services) -> None:
    connection = await asyncpg.connect(services.database_url)
    await connection.execute("CREATE TABLE facts AS SELECT 'kept' AS fact")
    await connection.close()
    _s3(services).put_object(Bucket="karbonica", Key="fact", Body=b"kept")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.example", "c@d.example", "Grüße"
    message.set_content("You have a certificate.")
    with smtplib.SMTP("127.0.0.1", int(services.environment["SMTP_PORT"])) as smtp:
        smtp.send_message(message)
    async with httpx.AsyncClient() as http:
        [caught] = (await http.get(f"{services.mail_url}/messages")).json()["messages"]
        assert (caught["subject"], caught["recipients"]) == ("Grüße", ["c@d.example"])
        assert "Grüße" in (await http.get(services.mail_url)).text
        health = await http.get(f"{services.devnet_url}/health")
        assert health.json() == {"is_healthy": True}


async def _search_attributes(services: Services) -> dict[str, str]:
    client = await Client.connect(services.temporal_address)
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace="default")
    )
    custom = answer.custom_attributes
    return {
        name: IndexedValueType.Name(kind) for name, kind in custom.items() if name.startswith("Reg")
    }


def _s3(services: Services) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=services.s3_url,
        region_name="us-east-1",
        aws_access_key_id="karbonica",
        aws_secret_access_key=services.environment["S3_SECRET_ACCESS_KEY"],
    )


def _object(services: Services) -> bytes:
    return bytes(_s3(services).get_object(Bucket="karbonica", Key="fact")["Body"].read())


async def _stack_of_another_process(folder: Path) -> asyncio.subprocess.Process:
    program = (
        "import asyncio, contextlib, signal, sys\n"
        "from pathlib import Path\n"
        "from devstack.stack import StackOptions, running_services\n"
        "async def main():\n"
        "    this = asyncio.current_task()\n"
        "    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)\n"
        "    options = StackOptions(migrate=False, quiet=True)\n"
        "    async with running_services(Path(sys.argv[1]), options):\n"
        "        print('ready', flush=True)\n"
        "        with contextlib.suppress(asyncio.CancelledError):\n"
        "            await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, str(folder)), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    assert await asyncio.wait_for(process.stdout.readline(), 60) == b"ready\n"
    return process


def _processes_of(folder: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(folder) in " ".join(process.info["cmdline"] or [])
    ]


def _is_alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


@contextlib.contextmanager
def _listening() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])
