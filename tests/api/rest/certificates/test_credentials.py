"""What verifiers of credentials ask for: the credential, the issuer's keys, the context and the schema."""

from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.tables import certificate_credentials
from domain.certificates.credentials import CONTEXT_PATH, DID_PATH, SCHEMA_PATH, multikey
from tests.api.caller import running_api, settings_for, told
from tests.api.registry_rows import BEGAN, RegistryRows

KEY, FORMER = "ab" * 32, "cd" * 32


async def test_every_key_that_ever_sealed_is_published_by_the_registrys_address(
    database_url: str, engine: AsyncEngine
) -> None:
    former: list[dict[str, Any]] = [{"publicKey": FORMER, "until": "2025-01-01T00:00:00Z"}]
    settings = settings_for(
        database_url,
        certificate_public_key=KEY,
        former_certificate_keys=former,
        public_url="https://registry.example/",
    )
    async with running_api(settings, engine) as api:
        answer = await api.client.get(DID_PATH)
        context = await api.client.get(CONTEXT_PATH)
        schema = await api.client.get(SCHEMA_PATH)

    document = answer.json()
    assert document["id"] == "did:web:registry.example"
    assert [method["publicKeyMultibase"] for method in document["verificationMethod"]] == [
        multikey(bytes.fromhex(KEY)),
        multikey(bytes.fromhex(FORMER)),
    ]
    assert document["assertionMethod"] == [one["id"] for one in document["verificationMethod"]]
    assert {answer.headers["access-control-allow-origin"] for answer in (context, schema)} == {"*"}
    assert schema.json()["$id"] == f"https://registry.example{SCHEMA_PATH}"
    assert "RetirementCredential" in context.json()["@context"]


async def test_a_certificate_is_a_credential_once_it_is_sealed(
    database_url: str, engine: AsyncEngine
) -> None:
    rows = RegistryRows(engine)
    waiting = await rows.retirement(await rows.project())
    sealed = await rows.retirement(
        await rows.project(title="Another"), chain="final", confirmations=12, read_back={}
    )
    async with running_api(settings_for(database_url), engine) as api:

        async def asked(retirement_id: object) -> Any:
            address = f"/api/v1/registry/retirements/{retirement_id}/certificate.vc.json"
            return await api.client.get(address)

        refused = [await asked(one) for one in (uuid4(), waiting, sealed)]
        seals = await api.client.get(f"/api/v1/registry/retirements/{sealed}/certificates")
        async with engine.begin() as connection:
            await connection.execute(
                certificate_credentials.insert().values(
                    digest=seals.json()["data"][0]["digest"],
                    retirement_id=sealed,
                    document=b'{"a":1}',
                    created_at=BEGAN,
                )
            )
        found = await asked(sealed)

    assert [(answer.status_code, told(answer)[0][2]) for answer in refused] == [
        (404, "There is no such retirement."),
        (404, "The certificate is not sealed yet; then it becomes a credential."),
        (404, "This certificate was sealed before there were credentials."),
    ]
    assert (found.status_code, found.content) == (200, b'{"a":1}')
    assert found.headers["content-type"] == "application/vc"
