"""
What software of others says of our transactions and of the devnet (docs/chain-providers.md).

The devnet and our client were written by the same hands, and could share a misunderstanding: here the
official documents and three libraries judge. npm installs them once for each checkout, from the lock
in `peers/`.
"""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from adapters.chain.wallet.wallet import PlatformWallet
from devstack.npm import Node, find_node, install
from domain.chain.metadata import audit_record, differences, issuance_record, payload
from domain.chain.networks import CardanoNetwork
from domain.chain.transactions import SignedTransaction, UnspentOutput
from tests.adapters.chain.wallet.test_transactions import record
from tests.adapters.chain.worlds import World
from tests.fakes.chain import PREVIEW_PARAMETERS, SeedSigner

FOLDER = Path(__file__).parent / "peers"
NODE_SECONDS = 60
IN_JAPANESE = "二酸化炭素の除去・森林再生プロジェクト" * 3 + " 🌳"
AT = datetime(2026, 1, 5, tzinfo=UTC)
UNKNOWN = "0" * 64


@pytest.fixture(scope="session")
async def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    found = find_node()
    log = tmp_path_factory.mktemp("peers") / "npm.log"
    await install(found, FOLDER, log, lambda: None)
    return found


async def asked(node: Node, script: str, question: Any) -> Any:
    process = await asyncio.create_subprocess_exec(
        *(str(node.node), str(FOLDER / script)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(NODE_SECONDS):
        output, errors = await process.communicate(json.dumps(question).encode())
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


def output(number: int, lovelace: int = 45_000_000) -> UnspentOutput:
    return UnspentOutput(f"{number:064x}", number, lovelace)


async def ours() -> list[tuple[SignedTransaction, Any]]:
    """Transactions as the registry writes them, each with what it says under label 674."""
    wallet = PlatformWallet(SeedSigner("a wallet"), CardanoNetwork.DEVNET)
    records = [
        [record()],
        [record(serial=f"KRB-2024-001-{number:06}") for number in range(24)],
        [record(serial=f"KRB-2024-002-{n:06}", reason=IN_JAPANESE) for n in range(30)],
        [audit_record(seq=7, hash="ab" * 32, at=AT)],
        [
            issuance_record(
                serial="KRB-2024-001-000001",
                project_id="5f0f3b9e-6f1b-4c39-9f25-0d9f6f6b2f11",
                quantity_units=100_000,
                vintage=2024,
                issued_to="c2c5e6f4-3a0b-4f6e-9a35-0c3f9f5b6d21",
                at=AT,
            )
        ],
    ]
    signed: list[tuple[SignedTransaction, Any]] = []
    for number, one in enumerate(records):
        inputs = [output(index + 1) for index in range(1 + number % 3)]
        transaction = await wallet.sign(
            payload(one),
            record_ids=(),
            inputs=inputs,
            ttl_slot=100_007_200,
            parameters=PREVIEW_PARAMETERS,
        )
        signed.append((transaction, payload(one)))
    successor = PlatformWallet(SeedSigner("its successor"), CardanoNetwork.DEVNET)
    sweep = await wallet.sweep(
        successor.address,
        inputs=[output(1), output(2)],
        ttl_slot=100_007_200,
        parameters=PREVIEW_PARAMETERS,
    )
    return [*signed, (sweep, None)]


async def test_three_libraries_read_our_transactions_as_we_wrote_them(node: Node) -> None:
    transactions = await ours()
    question = {
        "transactions": [signed.cbor.hex() for signed, _ in transactions],
        "feePerByte": PREVIEW_PARAMETERS.fee_per_byte,
        "feeFixed": PREVIEW_PARAMETERS.fee_fixed,
    }

    said = await asked(node, "transactions.mjs", question)

    ours_as_read = [
        {
            "hash": signed.tx_hash,
            "again": signed.cbor.hex(),
            "leastFee": signed.fee_lovelace,
            "differences": (),
        }
        for signed, _ in transactions
    ]
    assert {library: read_by(readings, transactions) for library, readings in said.items()} == {
        "emurgo": ours_as_read,
        "dcspark": ours_as_read,
        # Its fee calculation is in another package.
        "inputOutput": [one | {"leastFee": None} for one in ours_as_read],
    }


def read_by(
    readings: list[dict[str, Any]], transactions: list[tuple[SignedTransaction, Any]]
) -> list[dict[str, Any]]:
    """What a library read, with its metadata compared with what was written."""
    written = [one for _, one in transactions]
    return [
        {
            **{name: reading[name] for name in ("hash", "again", "leastFee")},
            "differences": differences(record_written, reading["record"]),
        }
        for record_written, reading in zip(written, readings, strict=True)
    ]


@pytest.fixture(scope="session")
def contract(node: Node) -> Any:
    """Blockfrost's own document: for each path, the schema of each status."""
    path = FOLDER / "node_modules" / "@blockfrost" / "openapi" / "json-schema.json"
    return json.loads(path.read_text(), object_hook=_with_null)


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI 3.0's `nullable` as JSON Schema says it."""
    if schema.pop("nullable", False) is True:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema


def faults(contract: Any, path: str, status: int, body: Any) -> list[str]:
    """Where an answer departs from the document, undocumented fields included."""
    schema = contract[path]["response"][str(status)]
    found = [
        f"{path} {status} {error.json_path}: {error.message}"
        for error in jsonschema.Draft202012Validator(schema).iter_errors(body)
    ]
    named = schema.get("properties", {})
    return found + [
        f"{path} {status}: {field} is not documented"
        for field in (body if isinstance(body, dict) else {})
        if named and field not in named
    ]


async def test_the_devnet_answers_as_blockfrosts_document_says(
    contract: Any, origin: str, bank: World
) -> None:
    signed = await bank.sign(payload([record()]))
    await bank.chain.submit(signed.cbor)
    await bank.hand.mine()
    tip = await bank.chain.tip()
    names = {
        "hash": signed.tx_hash,
        "address": bank.wallet.address,
        "hash_or_number": tip.block_hash,
        "label": "674",
    }
    paths = [
        *("/", "/health", "/health/clock", "/genesis", "/blocks/latest", "/epochs/latest"),
        *("/epochs/latest/parameters", "/blocks/{hash_or_number}", "/blocks/{hash_or_number}/txs"),
        *("/txs/{hash}", "/txs/{hash}/metadata", "/txs/{hash}/metadata/cbor", "/txs/{hash}/cbor"),
        *("/txs/{hash}/utxos", "/addresses/{address}/utxos", "/addresses/{address}/transactions"),
        *("/mempool", "/metadata/txs/labels/{label}"),
    ]

    found: list[str] = []
    async with httpx.AsyncClient(base_url=f"{origin}/api/v0", trust_env=False) as http:
        for path in paths:
            answer = await http.get(path.format(**names))
            found += faults(contract, path, answer.status_code, answer.json())
            assert (path, answer.status_code) == (path, 200)

    assert found == []


WRONG_CHECKSUM = "addr_test1vzpwq95z3xyum8vqndgdd9mdnmafh3djcxnc6jemlgdmswcve6tkx"
OF_MAINNET = "addr1vxpwq95z3xyum8vqndgdd9mdnmafh3djcxnc6jemlgdmswcejrhcq"

REFUSED = [
    ("/blocks/{hash_or_number}", "/blocks/xyz", 400),
    ("/blocks/{hash_or_number}", "/blocks/-1", 400),
    ("/blocks/{hash_or_number}", f"/blocks/{UNKNOWN}", 404),
    ("/blocks/{hash_or_number}", "/blocks/99999999", 404),
    ("/txs/{hash}", "/txs/abc", 400),
    ("/txs/{hash}", f"/txs/{UNKNOWN}", 404),
    ("/txs/{hash}/metadata", "/txs/abc/metadata", 400),
    ("/addresses/{address}/utxos", f"/addresses/{WRONG_CHECKSUM}/utxos", 400),
    ("/addresses/{address}/utxos", f"/addresses/{OF_MAINNET}/utxos", 400),
    ("/addresses/{address}/transactions", "/addresses/nobody/transactions", 400),
    ("/addresses/{address}/utxos", "/addresses/{own}/utxos?count=0", 400),
    ("/addresses/{address}/utxos", "/addresses/{own}/utxos?count=101", 400),
    ("/addresses/{address}/utxos", "/addresses/{own}/utxos?count=many", 400),
    ("/addresses/{address}/utxos", "/addresses/{own}/utxos?page=0", 400),
    ("/addresses/{address}/utxos", "/addresses/{own}/utxos?order=sideways", 400),
    ("/addresses/{address}/transactions", "/addresses/{own}/transactions?from=abc", 400),
    ("/addresses/{address}/transactions", "/addresses/{own}/transactions?to=1:x", 400),
]


async def test_the_devnet_refuses_what_the_official_server_refuses(
    contract: Any, origin: str, bank: World
) -> None:
    said, wordless, found = [], [], []
    async with httpx.AsyncClient(trust_env=False) as http:
        for path, asked_for, status in REFUSED:
            call = asked_for.format(own=bank.wallet.address)
            answer = await http.get(f"{origin}/api/v0{call}")
            found += faults(contract, path, answer.status_code, answer.json())
            said.append((path, asked_for, answer.status_code))
            as_dolos = await http.get(f"{origin}/dolos{call}")
            wordless.append((status == 400, as_dolos.status_code, as_dolos.content == b""))

    assert said == REFUSED
    assert found == []
    assert {status for refused, status, empty in wordless if refused and empty} == {400}


async def test_ogmios_official_client_works_at_the_devnets_door(
    node: Node, origin: str, bank: World
) -> None:
    await bank.hand.mine()
    signed = await bank.sign({"msg": ["hello"]})

    said = await asked(node, "ogmios.mjs", {"url": origin, "transaction": signed.cbor.hex()})

    tip = await bank.chain.tip()
    assert said["tip"] == {"slot": tip.slot, "id": tip.block_hash}
    assert (said["height"], said["magic"]) == (tip.height, CardanoNetwork.DEVNET.facts.magic)
    assert said["submitted"] == signed.tx_hash
    assert said["submittedAgain"] == 3997
