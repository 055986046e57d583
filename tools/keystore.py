"""
Make and look after an encrypted keystore, for a platform key that is in no KMS.

    python -m tools.keystore create platform.json --network preview
    python -m tools.keystore create platform.json --from-key-file .data/keys/platform.hex
    python -m tools.keystore address platform.json --network preview
    python -m tools.keystore change-password platform.json

Passwords are asked for at the terminal, or read from files that their owner alone can read. They
are never arguments, which everybody on the machine can see. Exit codes: 0 done, 1 refused.
"""

import argparse
import getpass
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import SecretStr

from adapters.chain.keys.key_file import read_seed
from adapters.chain.keys.keystore import (
    SEED_BYTES,
    UnfitPassword,
    open_keystore,
    read_password,
    read_public_key,
    write_keystore,
)
from adapters.chain.wallet.addresses import enterprise_address
from adapters.private_files import UnfitKeyFile
from domain.chain.networks import CardanoNetwork

DONE, REFUSED = 0, 1


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    try:
        if options.command == "create":
            _create(options)
        elif options.command == "change-password":
            _change_password(options)
    except (UnfitKeyFile, UnfitPassword) as refusal:
        print(f"{refusal}.", file=sys.stderr)
        return REFUSED
    return _show_address(options)


def _create(options: argparse.Namespace) -> None:
    source = options.from_key_file
    seed = secrets.token_bytes(SEED_BYTES) if source is None else read_seed(source)
    password = _new_password(options.password_file)
    write_keystore(options.keystore, seed, password)
    # Whoever trusts money to a file has seen it open once.
    open_keystore(options.keystore, password)


def _change_password(options: argparse.Namespace) -> None:
    seed = open_keystore(options.keystore, _password(options.password_file))
    write_keystore(options.keystore, seed, _new_password(options.new_password_file), replace=True)


def _show_address(options: argparse.Namespace) -> int:
    try:
        public_key = read_public_key(options.keystore)
    except UnfitKeyFile as refusal:
        print(f"{refusal}.", file=sys.stderr)
        return REFUSED
    print(f"public key  {public_key.hex()}")
    print(f"address     {enterprise_address(public_key, options.network)}")
    return DONE


def _password(file: Path | None) -> SecretStr:
    if file is not None:
        return read_password(file)
    return SecretStr(getpass.getpass("Password: "))


def _new_password(file: Path | None) -> SecretStr:
    if file is not None:
        return read_password(file)
    password = getpass.getpass("New password: ")
    if getpass.getpass("The same again: ") != password:
        raise UnfitPassword("The two passwords differ")
    return SecretStr(password)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.keystore",
        description="Make and look after an encrypted keystore.",
        epilog="Exit codes: 0 done, 1 refused.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    create = commands.add_parser("create", help="a new key, or one that stands in a plain file")
    create.add_argument("--from-key-file", type=Path, metavar="FILE", help="a seed in hex")
    address = commands.add_parser("address", help="show public key and address; asks no password")
    change = commands.add_parser("change-password", help="encrypt the same key anew")
    change.add_argument("--new-password-file", type=Path, metavar="FILE")
    for command in (create, address, change):
        command.add_argument("keystore", type=Path, metavar="KEYSTORE")
        command.add_argument(
            "--network", type=CardanoNetwork, choices=list(CardanoNetwork), default="preview"
        )
    for command in (create, change):
        command.add_argument("--password-file", type=Path, metavar="FILE")
    return parser


if __name__ == "__main__":
    sys.exit(main())
