"""`python -m devstack dev | demo | down`: the registry on this machine, for `make`."""

import argparse
import asyncio
import contextlib
import json
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from devstack import data_folder
from devstack.passwords import FILE_NAME, write_private
from devstack.processes import CannotStart, ChildProcess
from devstack.production.balancer import certificate_of
from devstack.seed import ACCOUNTS, PASSWORD
from devstack.stack import Stack, StackOptions, running_stack

if TYPE_CHECKING:
    from devstack.production.stack import ProductionLike

# A process that dies this often in a row has a fault that another start does not mend.
_MOST_SHORT_LIVES = 5
_SHORT_LIFE_SECONDS = 3.0
_RESTART_PAUSE_SECONDS = 1.0
# What a shell answers for a command that Ctrl-C has ended.
_INTERRUPTED = 130


def main() -> int:
    arguments = _parser().parse_args()
    try:
        if arguments.command == "down":
            return _down(arguments.data)
        return asyncio.run(_ended_by_signals(arguments))
    except CannotStart as failure:
        print(failure, file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devstack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    dev = commands.add_parser("dev", help="the stack, the API and the worker, in the foreground")
    demo = commands.add_parser("demo", help="the same, and one project's whole life")
    down = commands.add_parser("down", help="end the stack that runs on the data folder")
    for command in (dev, demo, down):
        command.add_argument(
            "--data", type=Path, default=data_folder.DEFAULT, help="default: %(default)s"
        )
    dev.add_argument(
        "--production-like",
        action="store_true",
        help="two API processes behind a balancer with TLS, two workers, a read replica, Valkey",
    )
    for command in (dev, demo):
        command.add_argument("--json", type=Path, help="where to write the result as JSON")
        command.add_argument("--exit", action="store_true", help="end when everything is done")
        command.add_argument(
            "--block-seconds", type=float, default=1.0, help="pace of the devnet; Preview's is 20"
        )
    return parser


async def _ended_by_signals(arguments: argparse.Namespace) -> int:
    this = asyncio.current_task()
    assert this is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, this.cancel)
    return await _run(arguments)


async def _run(arguments: argparse.Namespace) -> int:
    options = StackOptions(block_seconds=arguments.block_seconds)
    if arguments.command == "dev" and arguments.production_like:
        return await _run_production_like(arguments, options)
    async with running_stack(arguments.data, options) as stack:
        _print_addresses(stack)
        code = await _tell(stack, arguments.json) if arguments.command == "demo" else 0
        if arguments.command == "dev" and arguments.json:
            _write_addresses(stack, arguments.json)
        if arguments.exit:
            return code
        print("Running until Ctrl-C or `make down`.", flush=True)
        # Being told to end is how a stack in the foreground ends well.
        with contextlib.suppress(asyncio.CancelledError):
            await _keep_running(stack, arguments.json if arguments.command == "dev" else None)
        return code


async def _run_production_like(arguments: argparse.Namespace, options: StackOptions) -> int:
    from devstack.production.stack import running_production_like  # noqa: PLC0415 -- asked for alone

    async with running_production_like(arguments.data, options) as stack:
        _print_production_like(stack)
        if arguments.json:
            _write_production_like(stack, arguments.json)
        if arguments.exit:
            return 0
        print("Running until Ctrl-C or `make down`.", flush=True)
        children = (*stack.apis, *stack.workers, stack.valkey, stack.replica, stack.balancer)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*(_keep_alive(child) for child in children))
        return 0


def _print_production_like(stack: "ProductionLike") -> None:
    lines = {
        "Registry": f"{stack.url} (TLS 1.3; its authority: {certificate_of(stack.data_dir)})",
        "API": ", ".join(
            f"http://127.0.0.1:{stack.ports[name]}" for name in ("api_one", "api_two")
        ),
        "Primary": f"127.0.0.1:{stack.primary_port}",
        "Replica": f"127.0.0.1:{stack.ports['replica']}",
        "Valkey": f"127.0.0.1:{stack.ports['redis']}",
        "Metrics": ", ".join(stack.metrics_urls),
        "Temporal": stack.services.temporal_address
        if "Temporal's UI" in stack.absent
        else stack.services.temporal_ui_url,
        "Mail": stack.services.mail_url,
        "Logs": str(stack.data_dir / "logs"),
        "Log in as": f"{', '.join(email for email, *_ in ACCOUNTS)}; password {PASSWORD}",
        **{f"{part} is": f"{sentence}" for part, sentence in stack.absent.items()},
    }
    print()
    for name, value in lines.items():
        print(f"  {name:<13} {value}")
    print(flush=True)


def _write_production_like(stack: "ProductionLike", path: Path) -> None:
    content = {
        "apiUrl": stack.url,
        "certificate": str(certificate_of(stack.data_dir)),
        "databaseUrl": stack.services.database_url,
        "ports": dict(stack.ports),
        "absent": dict(stack.absent),
        "pids": {
            "apis": [one.pid for one in stack.apis],
            "workers": [one.pid for one in stack.workers],
        },
    }
    write_private(path, json.dumps(content, indent=2) + "\n")


async def _tell(stack: Stack, json_path: Path | None) -> int:
    # Imported here: `make dev` and `make down` need no story.
    from devstack import demo  # noqa: PLC0415

    try:
        await demo.tell(stack, json_path=json_path)
    except Exception as failure:  # noqa: BLE001 - whatever went wrong, the exit code must say so.
        print(f"The demo failed: {failure!r}; logs are in {stack.data_dir / 'logs'}", flush=True)
        return 1
    return 0


async def _keep_running(stack: Stack, json_path: Path | None) -> None:
    """Start the API or the worker again when one of them dies, until both are beyond that."""
    await asyncio.gather(
        *(
            _keep_alive(child, (lambda: _write_addresses(stack, json_path)) if json_path else None)
            for child in (stack.api, stack.worker)
        )
    )


async def _keep_alive(child: ChildProcess, started: Callable[[], None] | None = None) -> None:
    short_lives = 0
    while short_lives < _MOST_SHORT_LIVES:
        began = time.monotonic()
        code = await child.wait()
        short_lives = short_lives + 1 if time.monotonic() - began < _SHORT_LIFE_SECONDS else 0
        print(f"{child.name} ended with code {code} and is started again.", flush=True)
        await asyncio.sleep(_RESTART_PAUSE_SECONDS)
        await child.start()
        if started:
            started()
    raise CannotStart(
        f"{child.name} ended {short_lives} times in a row; its log {child.log} ends with: "
        f"{child.last_words()}"
    )


def _write_addresses(stack: Stack, path: Path) -> None:
    content = {
        "apiUrl": stack.api_url,
        "temporalUiUrl": stack.temporal_ui_url,
        "temporalAddress": stack.temporal_address,
        "databaseUrl": stack.database_url,
        "s3Url": stack.s3_url,
        "devnetUrl": stack.devnet_url,
        "mailUrl": stack.mail_url,
        "pids": stack.pids,
    }
    # The database's address has its owner's password in it.
    write_private(path, json.dumps(content, indent=2) + "\n")


def _print_addresses(stack: Stack) -> None:
    accounts = ", ".join(email for email, *_ in ACCOUNTS)
    lines = {
        "Registry": stack.api_url,
        "API docs": f"{stack.api_url}/api/docs",
        "Temporal": stack.temporal_ui_url,
        "Mail": stack.mail_url,
        "Database": f"{_without_password(stack.database_url)}; passwords in {stack.data_dir / FILE_NAME}",
        "Devnet": stack.devnet_url,
        "Logs": str(stack.data_dir / "logs"),
        "Log in as": f"{accounts}; password {PASSWORD}",
    }
    print()
    for name, value in lines.items():
        print(f"  {name:<10} {value}")
    print(flush=True)


def _without_password(url: str) -> str:
    return re.sub(r":[^:@/]+@", "@", url)


def _down(data_dir: Path) -> int:
    with contextlib.suppress(ProcessLookupError):
        pid = data_folder.end_stack(data_dir)
        print(f"Ended the stack (process {pid})." if pid else f"No stack runs on {data_dir}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
