"""
POST /registry/verify: a stranger's certificate, check by check.

The chain is told what to say (tests/fakes/chain_history.py); keys and wallets are those that this
very API publishes. The command's own tests (tests/tools/test_verify.py) prove the same checks.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.certificates.checks import CertificateChecks
from activities.ports.chain.provider import ChainMisconfigured, ChainUnavailable
from adapters.postgres import tables
from adapters.settings.published import PublishedAddress
from adapters.signing.certificate_signature import verify_signature
from api.http.middleware.body_limit import BODY_BYTES_MAX
from domain.certificates.certificates import canonical_bytes, certificate_document
from domain.chain.networks import CardanoNetwork
from tests.api.caller import NOBODY_LISTENS, Api, running_api, settings_for, told
from tests.api.registry_rows import RegistryRows
from tests.fakes.chain_history import ToldChain
from tests.tools.sample_certificates import (
    OTHER_SIGNER,
    PLATFORM_ADDRESS,
    SIGNER,
    TX_HASH,
    accepted,
    chain_facts,
    each_fact,
    of_several,
    record,
    seal,
    sealed,
    sealed_bytes,
)

VERIFY = "/api/v1/registry/verify"
PUBLISHED = {
    "certificate_public_key": SIGNER.public_key.hex(),
    "platform_address": PLATFORM_ADDRESS,
    "cardano_network": CardanoNetwork.PREVIEW,
}


@dataclass
class Counter:
    """The API with a chain that agrees with the sample certificate."""

    api: Api
    chain: ToldChain

    async def check(self, raw: bytes) -> httpx.Response:
        return await self.api.client.post(
            VERIFY, content=raw, headers={"Content-Type": "application/json"}
        )

    async def findings(self, raw: bytes) -> dict[str, str]:
        answer = await self.check(raw)
        assert answer.status_code == 200, answer.text
        return {check["name"]: check["state"] for check in answer.json()["data"]["checks"]}


def honest_chain() -> ToldChain:
    return ToldChain({TX_HASH: chain_facts(sealed())})


def with_chain(api: Api, chain: ToldChain) -> Counter:
    parts = api.app.state.resources
    checks = CertificateChecks(chain, verify_signature, network="preview")
    api.app.state.resources = replace(parts, certificate_checks=checks)
    return Counter(api, chain)


@pytest.fixture
async def counter(database_url: str, engine: AsyncEngine) -> AsyncIterator[Counter]:
    settings = settings_for(database_url, rate_limit_checks_per_minute=1000, **PUBLISHED)
    async with running_api(settings, engine) as api:
        yield with_chain(api, honest_chain())


@pytest.fixture
async def lonely_counter(engine: AsyncEngine) -> AsyncIterator[Counter]:
    """Its database is away."""
    settings = settings_for(f"postgresql://postgres@{NOBODY_LISTENS}/nothing", **PUBLISHED)
    async with running_api(settings, engine) as api:
        yield with_chain(api, honest_chain())


async def test_a_true_certificate_passes_every_check_one_by_one(counter: Counter) -> None:
    answer = await counter.check(sealed_bytes())

    data = answer.json()["data"]
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert data["verdict"] == {
        "holds": True,
        "complete": True,
        "sentence": "This certificate holds: all 11 checks passed.",
    }
    assert {check["state"] for check in data["checks"]} == {"passed"}
    assert [(check["name"], check["pointer"]) for check in data["checks"]] == [
        ("canonical form", ""),
        ("sealed", "/status"),
        ("digest", "/proof/digest"),
        ("signature", "/proof/signature"),
        ("registry key", "/proof/publicKey"),
        ("quantity", "/quantity"),
        ("network", "/chain/network"),
        ("transaction", "/chain/txHash"),
        ("chain record", "/chain/record"),
        ("record and certificate", "/chain"),
        ("payer", "/chain/platformAddress"),
    ]
    assert data["certificate"] == {
        "certificateId": sealed()["certificateId"],
        "status": "sealed",
        "quantity": "1000.00",
        "networks": ["preview"],
        "txHashes": [TX_HASH],
    }


async def test_the_registrys_database_has_no_part_in_the_verdict(lonely_counter: Counter) -> None:
    answer = await lonely_counter.check(sealed_bytes())

    data = answer.json()["data"]
    assert data["verdict"]["holds"]
    assert data["verdict"]["complete"]
    assert data["registryWord"] is None


async def test_an_address_that_only_the_database_names_settles_nothing(
    database_url: str, engine: AsyncEngine
) -> None:
    """Whoever can write a row could add an address of his own."""
    async with engine.begin() as connection:
        await connection.execute(
            insert(tables.platform_addresses).values(
                address=PLATFORM_ADDRESS,
                network="preview",
                public_key="01" * 32,
                since=datetime(2024, 1, 1, tzinfo=UTC),
            )
        )
    settings = settings_for(database_url, **(PUBLISHED | {"platform_address": None}))
    async with running_api(settings, engine) as api:
        answer = await with_chain(api, honest_chain()).check(sealed_bytes())

    data = answer.json()["data"]
    payer = data["checks"][-1]
    assert (payer["name"], payer["state"]) == ("payer", "not_checked")
    assert "only its database says" in payer["sentence"]
    assert not data["verdict"]["complete"]


async def test_an_address_given_up_that_the_settings_name_settles_the_check(
    database_url: str, engine: AsyncEngine
) -> None:
    former = PublishedAddress(address=PLATFORM_ADDRESS)
    others = {"platform_address": "addr_test1new", "published_addresses": [former]}
    settings = settings_for(database_url, **(PUBLISHED | others))
    async with running_api(settings, engine) as api:
        findings = await with_chain(api, honest_chain()).findings(sealed_bytes())

    assert findings["payer"] == "passed"


async def test_a_certificate_of_several_credits_is_checked_for_each(counter: Counter) -> None:
    raw = sealed_bytes(of_several())
    lost = json.loads(raw)["chain"][1]["txHash"]
    counter.chain.facts = each_fact(json.loads(raw))

    whole = await counter.findings(raw)
    del counter.chain.facts[lost]
    answer = await counter.check(raw)

    assert set(whole.values()) == {"passed"}
    assert {
        check["pointer"] for check in answer.json()["data"]["checks"] if check["state"] == "failed"
    } == {"/chain/1/txHash", "/chain/1/record", "/chain/1/platformAddress"}


async def test_a_forgery_is_refused_and_the_chain_is_not_asked_for_it(counter: Counter) -> None:
    document = sealed()
    document["beneficiary"]["name"] = "Somebody Else Ltd"

    findings = await counter.findings(canonical_bytes(seal(document, OTHER_SIGNER)))

    assert {name for name, state in findings.items() if state == "failed"} == {"registry key"}
    assert {name for name, state in findings.items() if state == "not_checked"} == {
        "transaction",
        "chain record",
        "payer",
    }
    assert not counter.chain.asked


async def test_a_certificate_of_another_network_is_refused(counter: Counter) -> None:
    for network in ("mainnet", "preprod"):
        document = sealed()
        document["chain"]["network"] = network

        findings = await counter.findings(canonical_bytes(seal(document)))

        assert findings["network"] == "failed", network


async def test_a_record_that_differs_on_the_chain_is_named(counter: Counter) -> None:
    counter.chain.facts[TX_HASH] = chain_facts(
        sealed(), payload=record(accepted(quantity_units=99_999))
    )

    answer = await counter.check(sealed_bytes())

    (failed,) = [check for check in answer.json()["data"]["checks"] if check["state"] == "failed"]
    assert (failed["name"], failed["pointer"]) == ("chain record", "/chain/record")
    assert failed["sentence"].endswith("does not hold this record: /quantity.")


@pytest.mark.parametrize("failure", [ChainUnavailable("502"), ChainMisconfigured("402")])
async def test_a_chain_without_an_answer_leaves_its_checks_open(
    failure: Exception, counter: Counter
) -> None:
    counter.chain.failure = failure

    answer = await counter.check(sealed_bytes())

    verdict = answer.json()["data"]["verdict"]
    assert (answer.status_code, verdict["holds"], verdict["complete"]) == (200, True, False)
    assert verdict["sentence"] == (
        "What was checked holds; not checked: transaction, chain record, payer."
    )


async def test_an_accepted_certificate_says_that_it_waits(counter: Counter) -> None:
    answer = await counter.check(canonical_bytes(certificate_document(accepted())))

    data = answer.json()["data"]
    assert not data["verdict"]["holds"]
    assert data["certificate"]["status"] == "accepted"
    assert "waits for the chain" in data["checks"][1]["sentence"]


DEEP = b'{"chain":' + b"[" * 200_000 + b"]" * 200_000 + b"}"

NO_CERTIFICATES: dict[str, tuple[bytes, str, str]] = {
    "nothing": (b"", "", "Send the bytes of a certificate.json"),
    "no JSON": (b"%PDF-1.4", "", "it is not JSON (line 1, column 1)"),
    "no text": (b"\xff\xfe", "", "it is not UTF-8 text"),
    "a list": (b"[]", "", "it is not an object"),
    "too deep": (DEEP, "", "it is nested too deeply"),
    "a field twice": (b'{"version":1,"version":2}', "", "it names a field twice"),
    "a fraction": (b'{"version":1.5}', "", "it holds 1.5"),
    "a huge number": (b'{"version":' + b"9" * 5000 + b"}", "", "This is not a certificate"),
    "half a character": (
        canonical_bytes(sealed()).replace(b'"FRA"', rb'"\ud800"'),
        "/beneficiary/country",
        "is not an ISO 3166-1 alpha-3 country code",
    ),
}


@pytest.mark.parametrize("name", NO_CERTIFICATES)
async def test_bytes_that_are_no_certificate_are_a_fault_of_the_request(
    name: str, counter: Counter
) -> None:
    raw, pointer, sentence = NO_CERTIFICATES[name]

    answer = await counter.check(raw)

    assert answer.status_code == 400
    code, told_pointer, detail = told(answer)[0]
    assert (code, told_pointer) == ("VALIDATION_ERROR", pointer)
    assert sentence in detail


async def test_every_fault_of_a_document_of_another_shape_is_told(counter: Counter) -> None:
    document = sealed()
    del document["reason"]
    document["retiredAt"] = "yesterday"

    answer = await counter.check(json.dumps(document).encode())

    assert [(pointer, detail) for _, pointer, detail in told(answer)] == [
        (
            "/retiredAt",
            "This is not a certificate: /retiredAt is not an instant such as 2024-01-15T10:30:00Z.",
        ),
        ("/reason", "This is not a certificate: /reason is missing."),
    ]


async def test_a_hundred_thousand_faults_are_not_all_told(counter: Counter) -> None:
    document = sealed() | {"evidence": [0] * 100_000, "version": 2}

    answer = await counter.check(json.dumps(document).encode())

    assert (answer.status_code, len(told(answer))) == (400, 20)


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_that_is_too_large_is_refused(announced: bool, counter: Counter) -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(BODY_BYTES_MAX // 100_000 + 1):
            yield b" " * 100_000

    content = b" " * (BODY_BYTES_MAX + 1) if announced else in_pieces()
    answer = await counter.api.client.post(VERIFY, content=content)

    assert (answer.status_code, told(answer)[0][0]) == (413, "PAYLOAD_TOO_LARGE")


async def test_checks_are_limited_by_address(database_url: str, engine: AsyncEngine) -> None:
    settings = settings_for(database_url, rate_limit_checks_per_minute=2, **PUBLISHED)
    async with running_api(settings, engine) as api:
        statuses = [(await api.client.post(VERIFY, content=b"{}")).status_code for _ in range(3)]
        elsewhere = await api.client.get("/api/v1/registry/stats")

    assert (statuses, elsewhere.status_code) == ([400, 400, 429], 200)


# What the registry itself says beside the verdict.


async def certified(rows: RegistryRows) -> tuple[UUID, bytes]:
    """A retirement this registry knows, and a true certificate that bears its id."""
    retirement_id = await rows.retirement(await rows.project())
    document = sealed()
    document["certificateId"] = str(retirement_id)
    return retirement_id, canonical_bytes(seal(document))


async def test_what_this_registry_does_not_know_is_said(counter: Counter) -> None:
    answer = await counter.check(sealed_bytes())

    assert answer.json()["data"]["registryWord"] == {
        "known": False,
        "corrections": [],
        "certificateCorrections": [],
        "supersededBy": None,
        "trouble": None,
    }


async def test_reversals_show_beside_a_verdict_that_stays_as_it_is(counter: Counter) -> None:
    retirement_id, raw = await certified(RegistryRows(counter.api.engine))
    await touch(counter.api.engine, retirement_id)

    answer = await counter.check(raw)

    data = answer.json()["data"]
    assert data["verdict"]["holds"]
    (correction,) = data["registryWord"]["corrections"]
    assert (correction["touchedQuantity"], correction["coveredQuantity"], correction["cause"]) == (
        "12.00",
        "0.00",
        "A storm felled a tenth of the stand.",
    )


async def test_a_former_seal_is_said_to_be_superseded(counter: Counter) -> None:
    retirement_id, raw = await certified(RegistryRows(counter.api.engine))
    await superseded(counter.api.engine, retirement_id, raw)
    del counter.chain.facts[TX_HASH]

    answer = await counter.check(raw)

    data = answer.json()["data"]
    (transaction,) = [check for check in data["checks"] if check["name"] == "transaction"]
    assert not data["verdict"]["holds"]
    assert "it is not there any more" in transaction["sentence"]
    assert data["registryWord"]["supersededBy"] == {
        "digest": "ab" * 32,
        "sealedAt": "2026-03-01T00:00:00Z",
    }


async def touch(engine: AsyncEngine, retirement_id: UUID) -> None:
    reversal_id = uuid4()
    async with engine.begin() as connection:
        project = (await connection.execute(tables.projects.select())).mappings().first()
        assert project is not None
        await connection.execute(
            insert(tables.reversals).values(
                id=reversal_id,
                project_id=project["id"],
                vintage=None,
                quantity_units=1200,
                cause="A storm felled a tenth of the stand.",
                avoidable=False,
                recorded_by=project["developer_id"],
                recorded_at=datetime(2026, 3, 1, tzinfo=UTC),
            )
        )
        await connection.execute(
            insert(tables.reversal_coverings).values(
                id=uuid4(), reversal_id=reversal_id, retirement_id=retirement_id, touched_units=1200
            )
        )


# The page: the same checks, for people.


async def words_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(answer.text).split())


async def sent_as_file(counter: Counter, raw: bytes) -> httpx.Response:
    return await counter.api.client.post(
        "/verify", files={"file": ("certificate.json", raw, "application/json")}
    )


async def test_a_file_is_checked_on_the_page(counter: Counter) -> None:
    page = await words_of(await sent_as_file(counter, sealed_bytes()))

    assert "It holds" in page
    assert "This certificate holds: all 11 checks passed." in page
    assert page.count('class="check check-passed"') == 11


async def test_pasted_text_is_checked_without_what_the_clipboard_adds(counter: Counter) -> None:
    pasted = {"text": "\r\n" + sealed_bytes().decode() + "\r\n"}

    as_form = await words_of(await counter.api.client.post("/verify", data=pasted))
    with_file = await counter.api.client.post(
        "/verify", data=pasted, files={"file": ("", b"", "application/octet-stream")}
    )

    assert "It holds" in as_form
    assert "It holds" in await words_of(with_file)


async def test_the_page_says_what_failed_in_its_verdict(counter: Counter) -> None:
    tampered = sealed_bytes().replace(b"1000.00", b"9000.00")

    page = await words_of(await sent_as_file(counter, tampered))

    assert "<title>Do not rely on it" in page
    assert "Do not rely on this certificate: 3 of 11 failed." in page
    assert page.count('class="check check-skipped"') == 3
    assert page.count("states 9000.00 t CO2e, but its units count 1000.00 t.") == 2


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "Choose a certificate.json, or paste its text."),
        (b"%PDF-1.4", "It is not JSON (line 1, column 1)."),
        (b'{"version":1}', "/reason is missing."),
        (b"<script>alert(1)</script>", "It is not JSON"),
        (DEEP, "It is nested too deeply."),
    ],
)
async def test_what_is_no_certificate_is_said_on_the_page(
    raw: bytes, said: str, counter: Counter
) -> None:
    page = await words_of(await sent_as_file(counter, raw))

    assert "This is not a certificate that can be checked" in page
    assert said in page
    assert "<script>alert" not in page


async def test_markup_in_a_certificate_stays_text(counter: Counter) -> None:
    hostile = "<script>alert(1)</script>"
    raw = sealed_bytes(accepted(reason=hostile, title=hostile))

    as_file = await sent_as_file(counter, raw)
    pasted = await counter.api.client.post("/verify", data={"text": raw.decode()})

    assert [answer.status_code for answer in (as_file, pasted)] == [200, 200]
    assert hostile not in as_file.text + pasted.text
    assert "&lt;script&gt;" in pasted.text


async def test_a_page_for_a_retirement_holds_its_certificate_ready(counter: Counter) -> None:
    rows = RegistryRows(counter.api.engine)
    retirement_id = await rows.retirement(await rows.project())
    certificate = await counter.api.client.get(
        f"/api/v1/registry/retirements/{retirement_id}/certificate.json"
    )

    link = await counter.api.client.get(f"/retirements/{retirement_id}")
    page = await counter.api.client.get("/verify", params={"retirement": str(retirement_id)})
    unknown = [
        (await counter.api.client.get("/verify", params={"retirement": text})).status_code
        for text in (str(uuid4()), "nothing", "\x00")
    ]

    assert f'href="/verify?retirement={retirement_id}"' in link.text
    assert certificate.text in unescape(page.text)
    assert unknown == [404, 404, 404]


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"anything", "multipart/form-data"),
        (b"\xff\xfe=%zz", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"", ""),
    ],
)
async def test_a_form_of_no_use_is_no_failure_of_ours(
    content: bytes, content_type: str, counter: Counter
) -> None:
    answer = await counter.api.client.post(
        "/verify", content=content, headers={"Content-Type": content_type}
    )

    assert "This is not a certificate that can be checked" in await words_of(answer)


async def test_a_file_that_is_too_large_is_refused_with_a_page(counter: Counter) -> None:
    answer = await sent_as_file(counter, b" " * (BODY_BYTES_MAX + 1))

    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")
    assert "larger than 1 MB" in answer.text


async def test_the_page_is_limited_with_the_call(database_url: str, engine: AsyncEngine) -> None:
    settings = settings_for(database_url, rate_limit_checks_per_minute=1, **PUBLISHED)
    async with running_api(settings, engine) as api:
        await api.client.post(VERIFY, content=b"{}")
        answer = await api.client.post("/verify", data={"text": "{}"})

    assert (answer.status_code, "wait" in answer.text) == (429, True)
    assert int(answer.headers["retry-after"]) <= 60


# Every seal there was.


async def test_every_seal_can_be_read_under_its_digest(counter: Counter) -> None:
    retirement_id, raw = await certified(RegistryRows(counter.api.engine))
    await superseded(counter.api.engine, retirement_id, raw)
    former = json.loads(raw)["proof"]["digest"]
    address = f"/api/v1/registry/retirements/{retirement_id}/certificates"

    listed = (await counter.api.client.get(address)).json()["data"]
    kept = await counter.api.client.get(listed[1]["address"])
    unknown = await counter.api.client.get(f"{address}/{'00' * 32}.json")
    no_digest = await counter.api.client.get(f"{address}/nothing.json")
    page = await counter.api.client.get(f"/retirements/{retirement_id}")

    assert [(seal["digest"], seal["supersededAt"]) for seal in listed] == [
        ("ab" * 32, None),
        (former, "2026-03-01T00:00:00Z"),
    ]
    assert (kept.content, "immutable" in kept.headers["cache-control"]) == (raw, True)
    assert (unknown.status_code, no_digest.status_code) == (404, 400)
    assert "Former seals" in page.text
    assert former in page.text


async def test_a_certificate_that_cannot_be_sealed_says_so_everywhere(counter: Counter) -> None:
    retirement_id, raw = await certified(RegistryRows(counter.api.engine))
    trouble = "The metadata of transaction 8f8f does not hold this record: /quantity."
    async with counter.api.engine.begin() as connection:
        await connection.execute(tables.certificates.update().values(trouble=trouble))

    page = await counter.api.client.get(f"/retirements/{retirement_id}")
    answer = await counter.check(raw)

    assert "Staff have been told" in page.text
    assert trouble in page.text
    assert answer.json()["data"]["registryWord"]["trouble"] == trouble


async def superseded(engine: AsyncEngine, retirement_id: UUID, raw: bytes) -> None:
    """The retirement's certificate was sealed as `raw`, and has been sealed again since."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    async with engine.begin() as connection:
        await connection.execute(
            insert(tables.superseded_certificates).values(
                digest=json.loads(raw)["proof"]["digest"],
                retirement_id=retirement_id,
                document=raw,
                sealed_at=at,
                superseded_at=at,
            )
        )
        await connection.execute(
            tables.certificates.update().values(status="sealed", digest="ab" * 32, sealed_at=at)
        )
