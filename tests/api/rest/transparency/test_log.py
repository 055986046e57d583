"""The transparency log over HTTP: checkpoints, tiles and proofs, and lists of what became of credentials."""

import json

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.certificates.certificates import SealCertificate
from activities.certificates.status_lists import SignStatusLists
from adapters.postgres.database import PostgresDatabase
from adapters.signing.certificate_signature import verify_signature
from domain.certificates.check_results import TrustedKey
from domain.certificates.credential_checks import read_status_list, unpack_credential
from domain.certificates.status_lists import Status
from domain.transparency.checkpoints import Checkpoint, NoteKey
from domain.transparency.proof_checks import check_proof, read_proof
from domain.transparency.tiles import tree_root
from tests.activities import story
from tests.activities.registry import PUBLIC_URL, SIGNER, Registry, run
from tests.activities.transparency.test_log import a_certificate_is_sealed, publish
from tests.api.caller import Api, running_api, settings_for

LOG = "/api/v1/registry/log"
RETIREMENT = f"/api/v1/registry/retirements/{story.RETIREMENT_ID}"
OURS = [TrustedKey(SIGNER.public_key.hex())]


async def test_a_stranger_follows_the_log_and_checks_a_certificate(
    database_url: str, engine: AsyncEngine
) -> None:
    registry = Registry(PostgresDatabase(engine))
    await a_certificate_is_sealed(registry)
    settings = settings_for(
        database_url,
        certificate_public_key=SIGNER.public_key.hex(),
        public_url=PUBLIC_URL,
        # Storage is away: what the log has is told all the same.
        s3_endpoint_url="http://127.0.0.1:9",
    )
    async with running_api(settings, engine) as api:
        empty = [await api.client.get(at) for at in (f"{LOG}/checkpoint", f"{LOG}/tile/0/000.p/1")]
        early = await api.client.get(f"{RETIREMENT}/certificate.proof.json")
        size = await publish(registry)
        await run(registry.status_lists.sign_status_lists, SignStatusLists())

        told = (await api.client.get(LOG)).json()["data"]
        note = (await api.client.get(f"{LOG}/checkpoint")).text
        tile = await api.client.get(f"{LOG}/tile/0/000.p/{size}")
        await _no_other_tile(api, size)
        proof = await api.client.get(f"{RETIREMENT}/certificate.proof.json")
        certificate = (await api.client.get(f"{RETIREMENT}/certificate.json")).json()
        credential = (await api.client.get(f"{RETIREMENT}/certificate.vc.json")).content
        place = unpack_credential(
            credential, verify_signature=verify_signature, trusted_keys=OURS
        ).status_place
        listed = {
            one: await api.client.get(f"/api/v1/registry/status-lists/{one.value}/0.vc.json")
            for one in Status
        }
        page = await api.client.get("/audit")

    assert [answer.status_code for answer in (*empty, early)] == [404, 404, 404]
    checkpoint = Checkpoint.parse(note)
    (key,) = map(NoteKey.parse, told["keys"])
    assert checkpoint.is_signed_by(key, verify_signature)
    assert (told["size"], told["rootHash"]) == (checkpoint.size, checkpoint.root.hex())
    assert tree_root({(0, 0): tile.content}, size) == checkpoint.root
    assert "immutable" in tile.headers["cache-control"]
    checks = check_proof(
        read_proof(proof.content),
        certificate,
        verify_signature=verify_signature,
        trusted_keys=OURS,
    )
    assert [check.name for check in checks if not check.passed] == ["checkpoint on the chain"]
    assert place is not None
    for status, answer in listed.items():
        assert answer.headers["content-type"] == "application/vc"
        assert not read_status_list(
            answer.content, status, place, verify_signature=verify_signature, trusted_keys=OURS
        )
    assert told["rootHash"][:8] in page.text


async def _no_other_tile(api: Api, size: int) -> None:
    for path in (f"0/000.p/{size + 1}", "0/000", "1/000", "0/x000/000", "entries"):
        assert (await api.client.get(f"{LOG}/tile/{path}")).status_code == 404, path


async def test_a_superseded_seal_is_told_by_its_list(
    database_url: str, engine: AsyncEngine
) -> None:
    registry = Registry(PostgresDatabase(engine))
    await story.a_sealed_transaction_gave_way(registry)
    await run(registry.status_lists.sign_status_lists, SignStatusLists())
    await run(
        registry.certificates.seal_certificate,
        SealCertificate(retirement_id=story.RETIREMENT_ID),
    )
    signed = await run(registry.status_lists.sign_status_lists, SignStatusLists())
    again = await run(registry.status_lists.sign_status_lists, SignStatusLists())

    assert (signed.changed, again.changed) == (1, 0)
    async with running_api(settings_for(database_url), engine) as api:
        raw = (await api.client.get("/api/v1/registry/status-lists/superseded/0.vc.json")).content
        standing = (await api.client.get(f"{RETIREMENT}/certificate.vc.json")).json()
        wrong = [
            await api.client.get(f"/api/v1/registry/status-lists/{path}.vc.json")
            for path in ("superseded/99", "other/0", "superseded/-1", "superseded/x")
        ]

    def superseded(place: int) -> bool:
        return read_status_list(
            raw,
            Status.SUPERSEDED,
            place,
            verify_signature=verify_signature,
            trusted_keys=OURS,
        )

    now = int(standing["credentialStatus"][0]["statusListIndex"])
    assert [superseded(place) for place in range(now + 1)].count(True) == 1
    assert not superseded(now)
    assert [answer.status_code for answer in wrong] == [404, 400, 400, 400]
    assert json.loads(raw)["credentialSubject"]["statusPurpose"] == "revocation"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_nobody_writes_to_it(database_url: str, engine: AsyncEngine, method: str) -> None:
    async with running_api(settings_for(database_url), engine) as api:
        assert (await api.client.request(method, f"{LOG}/checkpoint")).status_code == 405
