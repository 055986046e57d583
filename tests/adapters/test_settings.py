"""What the settings derive where the environment says nothing."""

import pytest
from pydantic import ValidationError

from adapters.settings import Settings
from adapters.settings.chain import ChainSettings
from adapters.settings.settings import AREA_OF, AREAS

FINALITY = {"devnet": 432, "preview": 432, "preprod": 2160, "mainnet": 2160}


@pytest.fixture(autouse=True)
def nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in AREA_OF:
        monkeypatch.delenv(field.upper(), raising=False)


@pytest.mark.parametrize("network", FINALITY)
def test_finality_is_that_of_the_network(network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDANO_NETWORK", network)

    assert ChainSettings().chain_finality_blocks == FINALITY[network]


def test_another_finality_may_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDANO_NETWORK", "mainnet")
    monkeypatch.setenv("CHAIN_FINALITY_BLOCKS", "3000")

    assert ChainSettings().chain_finality_blocks == 3000


def test_a_network_that_is_none_is_the_fault_told_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDANO_NETWORK", "testnet")

    with pytest.raises(ValidationError) as refused:
        Settings()

    assert refused.value.errors()[0]["loc"] == ("chain", "cardano_network")


def test_the_faults_of_all_areas_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_POOL_SIZE", "many")
    monkeypatch.setenv("BCRYPT_COST", "1")
    monkeypatch.setenv("PLATFORM_WALLETS", "second")

    with pytest.raises(ValidationError) as refused:
        Settings()

    told = str(refused.value)
    assert "database_pool_size" in told
    assert "bcrypt_cost" in told
    assert "platform_wallets" in told


def test_every_variable_belongs_to_one_area() -> None:
    named = [name for area in AREAS.values() for name in area.model_fields]

    assert len(named) == len(set(named)) == len(AREA_OF)
    assert Settings.model_fields.keys() == AREAS.keys()


def test_what_is_passed_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://said.example")
    monkeypatch.setenv("API_PORT", "9000")

    settings = Settings(public_url="https://passed.example")
    changed = settings.replace(api_port=9001)

    assert settings.registry.public_url == "https://passed.example"
    assert settings.web.api_port == 9000
    assert changed.web.api_port == 9001
    assert changed.registry == settings.registry


def test_what_is_no_variable_is_refused() -> None:
    with pytest.raises(ValidationError, match="databse_url"):
        Settings(databse_url="postgresql+asyncpg://nowhere")
