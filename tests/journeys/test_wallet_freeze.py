"""Staff freeze the wallet on real parts: retirements go on, and their records wait for the resume."""

from uuid import uuid4

import httpx
import pytest

from devstack.caller import CallRefused
from tests.conftest import People
from tests.journeys.project_life import RETIREMENT, issue


async def test_retirements_go_on_while_the_wallet_is_frozen_and_are_written_after_it(
    people: People, http: httpx.AsyncClient
) -> None:
    serial = await issue(people)
    frozen = await people.admin.post("/chain/wallet/freeze", {"reason": "Its key is doubted."})
    try:
        retired = await people.supplier.post(
            f"/credits/{serial}/retire", {"quantity": "1.00", **RETIREMENT}, key=str(uuid4())
        )
        with pytest.raises(CallRefused, match="frozen already: Its key is doubted"):
            await people.admin.post("/chain/wallet/freeze", {"reason": "Once more."})
        waiting = await people.supplier.get(f"/registry/retirements/{retired['id']}")
    finally:
        resumed = await people.admin.post("/chain/wallet/resume", {})
    written = await people.supplier.wait_for(
        f"/registry/retirements/{retired['id']}",
        lambda found: found["chainRecord"]["status"] != "queued",
        seconds=30,
    )

    assert (frozen["frozen"], frozen["reason"]) == (True, "Its key is doubted.")
    assert (resumed["frozen"], resumed["reason"], resumed["since"]) == (False, None, None)
    assert waiting["chainRecord"]["status"] == "queued"
    assert written["chainRecord"]["txHash"] is not None
