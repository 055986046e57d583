"""Everything the registry reads from its environment, once, at start."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.chain.wallets import DEFAULT_WALLET
from domain.projects.projects import ProjectType


class ChainProvider(StrEnum):
    BLOCKFROST = "blockfrost"
    OGMIOS = "ogmios"


class CardanoNetwork(StrEnum):
    DEVNET = "devnet"
    PREVIEW = "preview"
    PREPROD = "preprod"
    MAINNET = "mainnet"

    @property
    def finality_blocks(self) -> int:
        """
        The security parameter k of the network: no block under so many others is ever taken back.

        Ours is set up as Preview is.
        """
        return 2160 if self in {self.PREPROD, self.MAINNET} else 432


class KeyKind(StrEnum):
    """Where a platform key is: a file with a seed in hex, an encrypted keystore, AWS KMS."""

    FILE = "file"
    KEYSTORE = "keystore"
    KMS = "kms"


class PublishedKey(BaseModel):
    """A certificate key in hex, and the time in which it sealed."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, extra="forbid")

    public_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    valid_from: Annotated[AwareDatetime | None, Field(alias="from")] = None
    valid_until: Annotated[AwareDatetime, Field(alias="until")]


class PublishedAddress(BaseModel):
    """An address of the platform's beside PLATFORM_ADDRESS; `until` None: it pays to this day."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, extra="forbid")

    address: Annotated[str, Field(pattern=r"^addr(_test)?1[0-9a-z]+$")]
    valid_from: Annotated[AwareDatetime | None, Field(alias="from")] = None
    valid_until: Annotated[AwareDatetime | None, Field(alias="until")] = None


KeyReference = Annotated[str, Field(pattern=r"^(file|keystore|kms):.")]
"""Where another key is: its kind and place, as `file:PATH`."""


def _finality_blocks(known: Mapping[str, Any]) -> int:
    network: CardanoNetwork = known["cardano_network"]
    return network.finality_blocks


class Settings(BaseSettings):
    """
    Names are the environment's variables in lower case (`DATABASE_URL` fills `database_url`).

    Secrets are `SecretStr`, so that neither a log line nor a traceback shows them.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    registry_name: str = "Karbonica Registry"
    public_url: str = "http://127.0.0.1:8000"
    api_host: str = "127.0.0.1"
    api_port: int = 8000

    # The API and the worker connect as the role that owns nothing (migration 0007).
    database_url: SecretStr = SecretStr(
        "postgresql+asyncpg://karbonica_app@127.0.0.1:5432/karbonica"
    )
    # The owner of the tables; read by migrations alone, which fall back to `database_url`.
    migrations_database_url: SecretStr | None = None
    database_pool_size: int = 10

    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    temporal_ui_url: str = "http://127.0.0.1:8233"
    worker_build_id: str = "dev"
    # One worker process on a laptop declares itself current; a fleet is switched by its operators.
    worker_sets_current_version: bool = True
    worker_metrics_host: str = "127.0.0.1"
    worker_metrics_port: int | None = None
    graceful_shutdown_seconds: float = 20

    s3_endpoint_url: str | None = None
    # Where clients reach the same storage, when that is another address than ours.
    s3_public_endpoint_url: str | None = None
    s3_region: str = "us-east-1"
    s3_bucket: str = "karbonica"
    s3_access_key_id: str = "karbonica"
    s3_secret_access_key: SecretStr = SecretStr("karbonica-secret")

    cardano_network: CardanoNetwork = CardanoNetwork.DEVNET
    # `ogmios` is our own node, through Ogmios v6 and Kupo (ADR 0020); their addresses follow below.
    chain_provider: ChainProvider = ChainProvider.BLOCKFROST
    # The address up to and with the version prefix, as `https://cardano-preview.blockfrost.io/api/v0`.
    blockfrost_url: str = "http://127.0.0.1:3100/api/v0"
    blockfrost_project_id: SecretStr | None = None
    # Hosted Blockfrost allows 10 requests a second and address; we stay below.
    blockfrost_requests_per_second: float = 8
    ogmios_url: str = "http://127.0.0.1:1337"
    kupo_url: str = "http://127.0.0.1:1442"
    chain_poll_seconds: float = 10
    # How long nobody asks a provider that turned us away (402, 403, 418) before one probe.
    chain_closed_seconds: float = Field(default=600, ge=0)
    confirmations_required: int = Field(default=6, ge=1)
    # The network's own number, unless another is set.
    chain_finality_blocks: int = Field(default_factory=_finality_blocks, ge=1)
    transaction_ttl_slots: int = Field(default=7200, ge=120)
    # How long records may wait for others to share a transaction with, while one is on its way.
    chain_flush_seconds: float = Field(default=3, ge=0)
    explorer_transaction_url: str | None = None

    # Files that each hold one 32-byte Ed25519 seed in hex, readable by the worker alone.
    platform_key_file: Path = Path(".data/keys/platform.hex")
    # Wallets beside the one of PLATFORM_SIGNER ("platform"), which share its queue, as
    # `{"second": "file:.data/keys/second.hex"}`; a key elsewhere is `keystore:PATH` or `kms:KEY_ID`.
    platform_wallets: dict[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,50}$")], KeyReference] = {}
    certificate_key_file: Path = Path(".data/keys/certificate.hex")

    # Which key signs transactions. Each kind reads its own settings of those that follow.
    platform_signer: KeyKind = KeyKind.FILE
    platform_keystore_file: Path = Path(".data/keys/platform.json")
    platform_keystore_password: SecretStr | None = None
    platform_keystore_password_file: Path | None = None
    # An id, an ARN or an alias; region and credentials come from boto3's own settings unless named.
    platform_kms_key_id: str | None = None
    kms_endpoint_url: str | None = None
    kms_region: str | None = None
    # Keys given up, spelled alike: opened to sweep their addresses.
    retired_platform_keys: list[KeyReference] = []
    # The signer's ceiling for one fee; a full transaction costs 0.88 ADA.
    signing_fee_lovelace_max: int = Field(default=1_000_000, ge=200_000)
    # How far the signer's clock and the chain's slots may be apart; a slot is a second.
    signing_clock_tolerance_slots: int = Field(default=120, ge=0)
    # When slot 0 of a devnet was; that of each public network is known (domain/chain/networks.py).
    devnet_slot_zero_at: AwareDatetime = datetime(2022, 10, 25, tzinfo=UTC)

    # What strangers need to check a certificate: the key (hex) and the wallet, both without their secrets.
    certificate_public_key: str | None = None
    platform_address: str | None = None
    # Other wallets in use and addresses given up, as
    # `[{"address": "addr1…", "from": null, "until": "2026-03-01T00:00:00Z"}]`.
    published_addresses: list[PublishedAddress] = []
    certificate_key_from: AwareDatetime | None = None
    # Keys that sealed before, as `[{"publicKey": "…", "from": null, "until": "2026-03-01T00:00:00Z"}]`.
    former_certificate_keys: list[PublishedKey] = []
    # What checking strangers' certificates may ask of the chain's server, beside the follower.
    check_requests_per_second: float = Field(default=2, gt=0)
    rate_limit_checks_per_minute: int = 30

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 1025
    mail_from: str = "registry@karbonica.example"

    access_token_minutes: int = 15
    refresh_token_days: int = 7
    bcrypt_cost: int = Field(default=12, ge=4)
    update_timeout_seconds: float = 15

    rate_limit_per_user_per_minute: int = 100
    rate_limit_per_address_per_minute: int = 1000

    # Receivers on this very machine, over plain http: for a laptop, never beside a public API.
    webhooks_allow_loopback: bool = False
    webhook_look_seconds: float = Field(default=1, gt=0)
    # Seals the secrets of webhooks (ADR 0025): 32 bytes in base64, the same for API and worker.
    webhook_secret_key: SecretStr | None = None
    webhook_secret_key_file: Path | None = None
    # Keys that sealed before; they still read what they sealed.
    former_webhook_secret_keys: list[SecretStr] = []

    # Public reads asked for many times at once are computed once in this while; 0 computes each.
    public_cache_seconds: float = 0.25

    assignment_deadline_hours: float = 72
    review_deadline_hours: float = 720
    require_countersignature: bool = False
    # What of an issuance goes into the buffer, in per cent by project type, as
    # `{"forest_conservation": "10"}`; types not named follow domain/credits/buffer.py.
    buffer_percentages: dict[ProjectType, Annotated[Decimal, Field(ge=0, lt=100)]] = {}
    log_level: str = "INFO"

    @property
    def wallet_names(self) -> tuple[str, ...]:
        return (DEFAULT_WALLET, *self.platform_wallets)

    @field_validator("platform_wallets")
    @classmethod
    def _one_default_wallet(cls, wallets: dict[str, str]) -> dict[str, str]:
        if DEFAULT_WALLET in wallets:
            raise ValueError(f"the wallet {DEFAULT_WALLET!r} has the key of PLATFORM_SIGNER")
        return wallets

    @model_validator(mode="after")
    def _loopback_only_among_ourselves(self) -> Self:
        if self.webhooks_allow_loopback and not is_loopback(self.api_host):
            raise ValueError("WEBHOOKS_ALLOW_LOOPBACK is for an API that listens on loopback alone")
        return self


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    return Settings()
