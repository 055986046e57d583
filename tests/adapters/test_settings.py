"""What the settings derive where the environment says nothing."""

import pytest
from pydantic import ValidationError

from adapters.settings import Settings

FINALITY = {"devnet": 432, "preview": 432, "preprod": 2160, "mainnet": 2160}


@pytest.fixture(autouse=True)
def nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)


@pytest.mark.parametrize("network", FINALITY)
def test_finality_is_that_of_the_network(network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDANO_NETWORK", network)

    assert Settings().chain_finality_blocks == FINALITY[network]


def test_another_finality_may_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDANO_NETWORK", "mainnet")
    monkeypatch.setenv("CHAIN_FINALITY_BLOCKS", "3000")

    assert Settings().chain_finality_blocks == 3000


def test_a_network_that_is_none_is_the_fault_told_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDANO_NETWORK", "testnet")

    with pytest.raises(ValidationError) as refused:
        Settings()

    assert refused.value.errors()[0]["loc"] == ("cardano_network",)
