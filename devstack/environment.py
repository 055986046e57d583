"""The environment of the API, the worker and the migrations (adapters/settings/) on this stack."""

from collections.abc import Mapping
from pathlib import Path

from adapters.settings.web import is_loopback
from devstack import object_store, postgres
from devstack.keys import Keys
from devstack.passwords import Passwords

# The devnet keeps Preview's numbers (devstack/devnet/network.mjs), but its clock runs ahead of ours by
# what control calls have skipped and what blocks quicker than a second have used up.
_DEVNET_SLOT_ZERO_AT = "2022-10-25T00:00:00Z"
_DEVNET_AHEAD_SLOTS_MAX = 100_000_000

# A second of block time needs a poll or two; slower chains are polled as in production.
_QUICKEST_POLL_SECONDS = 0.5
_PRODUCTION_POLL_SECONDS = 10


def registry_environment(
    ports: Mapping[str, int],
    keys: Keys,
    passwords: Passwords,
    *,
    webhook_key_file: Path,
    api_host: str,
    block_seconds: float,
) -> dict[str, str]:
    """Only what differs from the settings' defaults on a laptop."""
    return {
        "PUBLIC_URL": f"http://{api_host}:{ports['api']}",
        "API_HOST": api_host,
        "API_PORT": str(ports["api"]),
        "DATABASE_URL": _for_sqlalchemy(
            database_url(ports, passwords.application, user=postgres.APPLICATION)
        ),
        "MIGRATIONS_DATABASE_URL": _for_sqlalchemy(database_url(ports, passwords.database_owner)),
        "TEMPORAL_ADDRESS": f"127.0.0.1:{ports['temporal']}",
        "TEMPORAL_UI_URL": f"http://127.0.0.1:{ports['temporal_ui']}",
        "S3_ENDPOINT_URL": f"http://127.0.0.1:{ports['s3']}",
        "S3_REGION": object_store.REGION,
        "S3_BUCKET": object_store.BUCKET,
        "S3_ACCESS_KEY_ID": object_store.ACCESS_KEY_ID,
        "S3_SECRET_ACCESS_KEY": passwords.storage,
        "CARDANO_NETWORK": "devnet",
        "DEVNET_SLOT_ZERO_AT": _DEVNET_SLOT_ZERO_AT,
        "SIGNING_CLOCK_TOLERANCE_SLOTS": str(_DEVNET_AHEAD_SLOTS_MAX),
        "BLOCKFROST_URL": f"http://127.0.0.1:{ports['devnet']}/api/v0",
        # For CHAIN_PROVIDER=ogmios: the devnet speaks these as well.
        "OGMIOS_URL": f"http://127.0.0.1:{ports['devnet']}/ogmios",
        "KUPO_URL": f"http://127.0.0.1:{ports['devnet']}/kupo",
        # The limit of hosted Blockfrost protects its quota; the devnet has none.
        "BLOCKFROST_REQUESTS_PER_SECOND": "1000",
        # Nor does it ban anybody who asks again soon.
        "CHAIN_CLOSED_SECONDS": "5",
        "CHAIN_POLL_SECONDS": str(_poll_seconds(block_seconds)),
        "PLATFORM_KEY_FILE": str(keys.platform_file),
        "CERTIFICATE_KEY_FILE": str(keys.certificate_file),
        # The API publishes what strangers need to check a certificate, and never sees a private key.
        "PLATFORM_ADDRESS": keys.platform_address,
        "CERTIFICATE_PUBLIC_KEY": keys.certificate_public_key,
        "WEBHOOK_SECRET_KEY_FILE": str(webhook_key_file),
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(ports["smtp"]),
        # Receivers of webhooks run beside the stack, as long as nobody else can reach its API.
        "WEBHOOKS_ALLOW_LOOPBACK": str(is_loopback(api_host)),
        # The stack reads in the worker's log that it has started.
        "LOG_LEVEL": "INFO",
    }


def database_url(ports: Mapping[str, int], password: str, *, user: str = postgres.OWNER) -> str:
    """As `psql` and most tools take it, without a SQLAlchemy driver."""
    return f"postgresql://{user}:{password}@127.0.0.1:{ports['postgres']}/{postgres.DATABASE}"


def _for_sqlalchemy(url: str) -> str:
    return url.replace("postgresql:", "postgresql+asyncpg:")


def _poll_seconds(block_seconds: float) -> float:
    return max(_QUICKEST_POLL_SECONDS, min(_PRODUCTION_POLL_SECONDS, block_seconds / 2))
