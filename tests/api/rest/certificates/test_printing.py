"""A certificate's PDF, as far as it is printed by another process."""

from tests.api.caller import Api, told
from tests.api.registry_rows import RegistryRows


async def test_what_cannot_be_printed_now_is_said_and_the_document_is_there(api: Api) -> None:
    rows = RegistryRows(api.engine)
    retirement_id = await rows.retirement(await rows.project())
    base = f"/api/v1/registry/retirements/{retirement_id}/certificate"

    # These rows' document is too short to be printed; a process that dies fails likewise.
    printed = await api.client.get(f"{base}.pdf")

    assert printed.status_code == 503
    assert told(printed) == [
        (
            "UNAVAILABLE",
            None,
            "The certificate cannot be printed at the moment; certificate.json says the same.",
        )
    ]
    assert (await api.client.get(f"{base}.json")).status_code == 200
