"""What our own node's servers may answer; how answers can go wrong is in test_http_client.py."""

from collections.abc import Iterator

import pytest

from activities.ports.chain.provider import ChainUnavailable
from adapters.chain import http_client
from adapters.chain.http_client import Limits
from adapters.chain.json_client import JsonClient
from adapters.chain.own_node.kupo import Kupo
from tests.adapters.chain.answering import Answer, Server

MIB = 1024 * 1024


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.close()


async def test_what_is_posted_is_answered_within_the_same_limit(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "USUAL", Limits(1_000, 20))
    server.will_answer(Answer(body="[]".ljust(1_001)))
    client = JsonClient("Ogmios", server.url)

    with pytest.raises(ChainUnavailable, match="Ogmios: queryNetwork/tip: TooLong"):
        await client.post({}, about="queryNetwork/tip")
    await client.close()


async def test_all_that_an_address_ever_saw_may_be_longer_than_other_answers(
    server: Server,
) -> None:
    """Kupo has no parts: 12 MB are a list still, and what is no list of outputs is not read so far."""
    long_list = Answer(body="[" + " " * (12 * MIB) + "]")
    server.will_answer(long_list, long_list)
    kupo = Kupo(server.url)

    found = await kupo.block_of("ab" * 32)
    with pytest.raises(ChainUnavailable, match="TooLong"):
        await kupo.newest()
    await kupo.close()

    assert found is None
