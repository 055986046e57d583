"""
The page that checks certificates by itself says what the registry's own checks say, word for word.

Method: one table of true and tampered certificates, and one of what servers answer, given to the
page's modules (`api/static/offline/`, in Node) and to `domain/` and `tools/verify.py`. In a browser
the page itself is opened by tests/browser/test_offline_page.py.
"""

import base64
import contextlib
import copy
import io
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.signing.certificate_signature import verify_signature
from devstack.npm import find_node
from domain.certificates.certificates import canonical_bytes, certificate_document, chain_parts
from domain.certificates.check_results import ChainFacts, TrustedAddress, TrustedKey
from domain.certificates.checks import check_document
from domain.chain.transactions import BlockStanding
from tests.domain.certificates.test_certificates import FORMER
from tests.domain.certificates.test_issuance_checks import FORGERIES, ISSUED_HASH, certified
from tests.tools.sample_certificates import (
    BLOCK_HASH,
    OTHER_SIGNER,
    PLATFORM_ADDRESS,
    SIGNER,
    TX_HASH,
    accepted,
    chain_facts,
    confirmed,
    facts_of,
    of_several,
    record,
    seal,
    sealed,
    sealed_bytes,
)
from tests.tools.test_verify import REGISTRY_PATH, Server
from tests.tools.test_verify import server as verify_server
from tools.verify import MARKS, main

server = verify_server

CASES = Path(__file__).with_name("offline_cases.mjs")
MODULES = Path(__file__).parents[2] / "api" / "static" / "offline"
KEY = SIGNER.public_key.hex()
Document = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """Bytes, and what is known beside them; None: nobody asked."""

    raw: bytes
    facts: dict[str, ChainFacts] | None = None
    networks: tuple[str, ...] | None = None
    keys: tuple[TrustedKey, ...] | None = None
    addresses: tuple[TrustedAddress, ...] | None = None

    def in_python(self) -> list[Document]:
        checks = check_document(
            self.raw,
            verify_signature=verify_signature,
            chain_facts=self.facts,
            networks=self.networks,
            trusted_keys=self.keys,
            trusted_addresses=self.addresses,
        )
        return [
            {"name": c.name, "passed": c.passed, "sentence": c.sentence, "pointer": c.pointer}
            for c in checks
        ]

    def for_node(self) -> Document:
        return {
            "raw": base64.b64encode(self.raw).decode(),
            "facts": self.facts and {name: _facts(found) for name, found in self.facts.items()},
            "networks": self.networks,
            "trustedKeys": self.keys
            and [
                {
                    "publicKey": key.public_key,
                    "validFrom": _milliseconds(key.valid_from),
                    "validUntil": _milliseconds(key.valid_until),
                }
                for key in self.keys
            ],
            "trustedAddresses": self.addresses
            and [
                {
                    "address": one.address,
                    "network": one.network,
                    "validUntil": _milliseconds(one.valid_until),
                    "onlyByDatabase": one.only_by_database,
                }
                for one in self.addresses
            ],
        }


def _facts(found: ChainFacts) -> Document:
    seen = found.inclusion
    return {
        "inclusion": seen
        and {
            "txHash": seen.tx_hash,
            "blockHash": seen.block_hash,
            "blockHeight": seen.block_height,
            "slot": seen.slot,
            "confirmations": seen.confirmations,
        },
        "payload": found.payload,
        "paidBy": found.paid_by,
        "blockTime": _milliseconds(found.block_time),
        "standing": found.standing.value,
    }


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)


def in_node(
    documents: list[Document] | None = None, lookups: list[Document] | None = None
) -> dict[str, list[Any]]:
    done = subprocess.run(
        [str(find_node().node), str(CASES), str(MODULES)],
        input=json.dumps({"documents": documents or [], "lookups": lookups or []}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, list[Any]] = json.loads(done.stdout)
    return said


def originals() -> dict[str, Document]:
    several = seal(certificate_document(confirmed(of_several())))
    return {
        "one": sealed(),
        "several": several,
        "issuance": certified(),
        "undisclosed": sealed(accepted(beneficiary=None)),
        "accepted": certificate_document(accepted()),
        "former 1": json.loads((FORMER / "version-1.json").read_bytes()),
        "former 2": json.loads((FORMER / "version-2.json").read_bytes()),
    }


def every_fact(document: Document) -> dict[str, ChainFacts]:
    found = {chain["txHash"]: facts_of(chain) for chain in chain_parts(document)}
    for part in document.get("issuances", ()):
        chain = part["chain"]
        found[chain["txHash"]] = facts_of(chain | {"metadata": chain["record"]})
    return found


def known(document: Document, raw: bytes | None = None) -> Case:
    """The document with everything that an honest registry and chain say beside it."""
    return Case(
        canonical_bytes(document) if raw is None else raw,
        every_fact(document),
        ("devnet", "preview"),
        (TrustedKey(KEY), TrustedKey(document.get("proof", {}).get("publicKey", KEY))),
        tuple(TrustedAddress(c["platformAddress"]) for c in chain_parts(document)),
    )


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """The way to each field and item, from the top."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner:
        yield (key,)
        if isinstance(item, dict | list):
            yield from ((key, *rest) for rest in places(item))


def changed(document: Document, place: tuple[Any, ...], change: Any) -> Document:
    """A copy with another value there; without it, where the change says so."""
    made = copy.deepcopy(document)
    inner: Any = made
    for key in place[:-1]:
        inner = inner[key]
    if change is _GONE:
        del inner[place[-1]]
    else:
        inner[place[-1]] = change(inner[place[-1]]) if callable(change) else change
    return made


_GONE = object()
CHANGES: tuple[Any, ...] = (
    _GONE,
    None,
    True,
    0,
    7,
    2**53,
    "",
    "x",
    [],
    {},
    {"constructor": 1, "__proto__": "a/b~c"},
    lambda value: [value],
    lambda value: value + 1 if isinstance(value, int) else f"{value} ",
)


def resealed(document: Document) -> Document:
    """As somebody would seal it who has the registry's key, where it can be sealed at all."""
    with contextlib.suppress(ValueError, TypeError, AttributeError):
        return seal(document)
    return document


def changed_documents() -> Iterator[Case]:
    """Each field of each kind of certificate, with each change in turn: some as found, some sealed anew."""
    turn = 0
    for document in originals().values():
        beside = known(document)
        for place in [*places(document)][:: 1 if len(document) < 14 else 2]:
            turn += 1
            made = changed(document, place, CHANGES[turn % len(CHANGES)])
            made = resealed(made) if turn % 2 else made
            raw = json.dumps(made, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            yield replace(beside, raw=raw.encode())


def forged_issuances() -> Iterator[Case]:
    for change, _ in FORGERIES.values():
        document = certified()
        change(document)
        yield known(seal(document))


def changed_bytes() -> Iterator[Case]:
    raw = canonical_bytes(sealed())
    for at in range(0, len(raw), 91):
        yield known(sealed(), raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        yield known(sealed(), raw[:at] + raw[at + 1 :])
        yield known(sealed(), raw[:at])


TEXTS = (
    b"",
    b" ",
    b"{",
    b"[]",
    b"[1,]",
    b"[1 2]",
    b'{"a":1,}',
    b'{"a" 1}',
    b'{"a":}',
    b"{'a':1}",
    b'{"a":1} x',
    b"null",
    b"nul",
    b"01",
    b"-",
    b"1e",
    b"[.5]",
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b'\n\n  {"version" : tru }',
    b'"\xf0\x9f\x8c\xb3" x',
    b'"a\nb"',
    b'"a',
    b'"\\',
    b'"\\x"',
    b'"\\u12"',
    b'"\\u12g4" ',
    b'{"version":1,"version":1}',
    b'{"a":{"b":1,"b":1},"version":1.0}',
    b'{"version":1.0}',
    b'{"version":-1E+5}',
    b'{"version":NaN}',
    b'{"version":-Infinity}',
    b'{"version":-0}',
    b'{"version":9007199254740993}',
    b'{"__proto__":{"version":3}}',
    b"[" * 100_000,
    b" " * (1024 * 1024 + 1),
    sealed_bytes() + b"\n",
    json.dumps(sealed(), indent=1).encode(),
    json.dumps(sealed()).encode(),
    sealed_bytes().replace(b'"purpose":"Carbon', b'"purpose":"\\ud800arbon'),
    sealed_bytes().replace(b'"purpose":"Carbon', b'"purpose":"\\u0043arbon'),
)
INSTANTS = (
    "2024-01-15t10:30:00Z",
    "2024-01- 5T10:30:00Z",
    "2024-01-15T10:30:60Z",
    "2024-01-15T24:00:00Z",
    "2024-02-30T10:30:00Z",
    "0000-01-15T10:30:00Z",
    "0001-01-15T10:30:00Z",
    "٢٠٢٤-01-15T10:30:00Z",
    "2024-01-15T10:30:00+00:00",
)


def changed_knowledge() -> Iterator[Case]:
    """A true certificate, and a chain or registry that says something else of it."""
    document = sealed()
    whole = known(document)
    honest = chain_facts(document)
    seen = honest.inclusion
    assert seen is not None
    ours = record(accepted())
    no_payloads: tuple[Any, ...] = (None, [], "x", {}, {"records": []})
    shown: tuple[Document, ...] = (
        {"inclusion": None},
        {"inclusion": None, "standing": BlockStanding.NOT_SHOWN},
        {"inclusion": None, "standing": BlockStanding.STANDS},
        *({"inclusion": replace(seen, confirmations=count)} for count in (0, 5, 6)),
        {"inclusion": replace(seen, block_hash="5e" * 32, block_height=1)},
        {"inclusion": replace(seen, block_height=1)},
        {"inclusion": replace(seen, slot=1)},
        {"inclusion": replace(seen, tx_hash="5e" * 32)},
        *({"payload": payload} for payload in no_payloads),
        {"payload": ours | {"a/b~c": 1}},
        {"payload": ours | {"vintage": "2021"}},
        {"payload": {"msg": ["a"], "records": [ours, 1, ours]}},
        {"payload": {"msg": ["a"], "records": [ours | {"quantity": "1.00"}, ours]}},
        {"payload": {"msg": ["a"], "records": [{}, ours]}},
        *({"paid_by": paid} for paid in ((), ("",), (PLATFORM_ADDRESS, ""), ("addr_test1x",))),
        {"paid_by": (PLATFORM_ADDRESS, "addr_test1x")},
        {"block_time": None},
        {"block_time": datetime(2030, 1, 1, tzinfo=UTC)},
    )
    yield whole
    yield Case(whole.raw)
    yield replace(whole, facts={})
    for changes in shown:
        facts = {TX_HASH: replace(honest, **changes)}
        yield replace(whole, facts=facts)
        gone = TrustedAddress(PLATFORM_ADDRESS, valid_until=datetime(2024, 6, 1, tzinfo=UTC))
        key = TrustedKey(KEY, valid_until=datetime(2024, 6, 1, tzinfo=UTC))
        yield replace(whole, facts=facts, keys=(key,), addresses=(gone,))
    for networks in ((), ("mainnet",), ("preprod",)):
        yield replace(whole, networks=networks)
    for addresses in (
        (),
        (TrustedAddress(PLATFORM_ADDRESS, network="mainnet"),),
        (TrustedAddress(PLATFORM_ADDRESS, only_by_database=True),),
        (TrustedAddress(PLATFORM_ADDRESS, valid_until=datetime(2023, 1, 1, tzinfo=UTC)),),
    ):
        yield replace(whole, addresses=addresses)
    dated = seal(document | {"sealedAt": "2024-01-15T11:00:00Z"})
    for key in (
        TrustedKey(OTHER_SIGNER.public_key.hex()),
        TrustedKey(KEY, valid_from=datetime(2025, 1, 1, tzinfo=UTC)),
        TrustedKey(KEY, valid_until=datetime(2023, 1, 1, tzinfo=UTC)),
    ):
        yield replace(whole, keys=(key,))
        yield replace(known(dated), keys=(key,))
    issued = certified()
    yield replace(known(issued), facts=every_fact(issued) | {ISSUED_HASH: ChainFacts(None)})
    for small in ("01" + "00" * 31, "ec" + "ff" * 30 + "7f"):
        # With such a key, a signature that was never made fits every message.
        proof = sealed()["proof"] | {"publicKey": small, "signature": "01" + "00" * 63}
        yield known(sealed() | {"proof": proof})


def every_case() -> list[Case]:
    document = sealed()
    return [
        *(known(one) for one in originals().values()),
        *changed_documents(),
        *forged_issuances(),
        *changed_bytes(),
        *(known(document, raw) for raw in TEXTS),
        *(known(resealed(document | {"sealedAt": instant})) for instant in INSTANTS),
        replace(known(document), raw=canonical_bytes(seal(document, OTHER_SIGNER))),
        *changed_knowledge(),
    ]


def test_the_page_finds_what_the_registry_finds_in_the_same_words() -> None:
    cases = every_case()
    here = [case.in_python() for case in cases]

    there = in_node([case.for_node() for case in cases])["documents"]

    assert there == here
    found = {(check["name"], check["passed"]) for checks in here for check in checks}
    # The table is of use: each check comes out each way in it.
    assert {name for name, _ in found} >= {"canonical form", "signature", "approved quantity"}
    assert not [name for name, _ in found if {(name, True), (name, False)} - found]


AT_ITS_HEIGHT = "/api/v0/blocks/2871204"
GONE: Document = {
    f"/api/v0/txs/{TX_HASH}": 404,
    f"/api/v0/blocks/{BLOCK_HASH}": 404,
    AT_ITS_HEIGHT: 404,
    "/api/v0/blocks/latest": {"height": 2_900_000},
}
BLOCK = {"hash": BLOCK_HASH, "height": 2_871_204, "slot": 73_512_441, "time": 0}
NO_TRANSACTIONS: tuple[Any, ...] = (500, 429, 403, 302, b"<html>", ["x"], {})
NO_LISTS: tuple[Any, ...] = (404, [], {"certificateKeys": [1]})
ANSWERS: tuple[Document, ...] = (
    {},
    GONE,
    GONE | {AT_ITS_HEIGHT: 400},
    GONE | {AT_ITS_HEIGHT: {"hash": "5e" * 32, "height": 2_871_204}},
    GONE | {"/api/v0/blocks/latest": {"height": 1}},
    GONE | {"/api/v0/blocks/latest": ["x"]},
    GONE | {f"/api/v0/blocks/{BLOCK_HASH}": ["x"]},
    GONE | {f"/api/v0/blocks/{BLOCK_HASH}": {"hash": BLOCK_HASH, "height": 2_871_204}},
    *({f"/api/v0/txs/{TX_HASH}": answer} for answer in NO_TRANSACTIONS),
    {f"/api/v0/txs/{TX_HASH}": {"block": "../x"}},
    {f"/api/v0/txs/{TX_HASH}/metadata": {"a": 1}},
    {f"/api/v0/txs/{TX_HASH}/metadata": [{"label": "675", "json_metadata": {}}]},
    {f"/api/v0/txs/{TX_HASH}/utxos": {"inputs": []}},
    {f"/api/v0/txs/{TX_HASH}/utxos": {"inputs": [{"address": "addr_test1other"}]}},
    *({f"/api/v0/blocks/{BLOCK_HASH}": BLOCK | {"confirmations": n}} for n in (5, "7")),
    {f"/api/v0/blocks/{BLOCK_HASH}": BLOCK | {"confirmations": 7, "time": 10**30}},
    *({"/api/v0/genesis": answer} for answer in (404, {}, {"network_magic": 1})),
    *({REGISTRY_PATH: answer} for answer in NO_LISTS),
    {REGISTRY_PATH: {"certificateKeys": [{"publicKey": KEY, "from": "soon"}]}},
    {REGISTRY_PATH: {"certificateKeys": [], "platformAddresses": []}},
)


def in_command(raw: bytes, folder: Path, *arguments: str) -> tuple[int, list[str]]:
    file = folder / "certificate.json"
    file.write_bytes(raw)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(file), *arguments])
    return code, [line for line in out.getvalue().splitlines() if line[:2] in SHOWN]


SHOWN = {f"{mark} " for mark in MARKS.values()}
_STATES: dict[bool | None, str] = {True: "passed", False: "failed", None: "skipped"}


def as_command(said: Document) -> tuple[int, list[str]]:
    """What the page was told, as the command says it."""
    if "refusal" in said:
        return 2, []
    lines = [
        f"{MARKS[_STATES[one['passed']]]} {one['name']}: {one['sentence']}"
        for one in said["checks"]
    ]
    if not said["verdict"]["holds"]:
        return 1, lines
    return (2 if said["trouble"] else 0), lines


@pytest.mark.usefixtures("server")
def test_the_page_asks_and_hears_what_the_command_asks_and_hears(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BLOCKFROST_PROJECT_ID", raising=False)
    honest, asked, here = dict(server.answers), [], []
    raw = sealed_bytes()
    for number, answers in enumerate(ANSWERS):
        # Each case is a server of its own, below a path.
        base = f"/case-{number}"
        server.answers |= {base + path: answer for path, answer in (honest | answers).items()}
        keys = (None, KEY, OTHER_SIGNER.public_key.hex(), "short")
        for key in keys[: None if answers == {} else 1]:
            chain, registry = f"{server.url}{base}/api/v0", f"{server.url}{base}"
            pinned = [] if key is None else ["--registry-key", key]
            here.append(
                in_command(raw, tmp_path, "--chain", chain, "--registry", registry, *pinned)
            )
            asked.append(
                {
                    "raw": base64.b64encode(raw).decode(),
                    "chain": chain,
                    "registry": registry,
                    "registryKey": key,
                }
            )

    there = [as_command(said) for said in in_node(lookups=asked)["lookups"]]

    assert there == here
    assert {code for code, _ in here} == {0, 1, 2}
