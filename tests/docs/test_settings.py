"""The documents of the settings say what the settings' classes say."""

import re
from pathlib import Path

from adapters.settings.settings import AREAS
from tools.settings_page import default_text, page

ROOT = Path(__file__).parents[2]
VARIABLES = {
    name.upper(): field for area in AREAS.values() for name, field in area.model_fields.items()
}


def test_the_page_is_what_make_settings_would_write() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == page()


def test_the_page_has_one_row_for_each_variable() -> None:
    assert sorted(re.findall(r"^\| `([A-Z0-9_]+)` \|", page(), re.MULTILINE)) == sorted(VARIABLES)


def test_secrets_are_called_so() -> None:
    called = re.findall(r"^\| `(\w+)` .* \| secret \| [^|]+ \|$", page(), re.MULTILINE)

    # The password of a hosted service, of storage, of keys: whatever nobody else may read.
    assert set(called) == {
        "DATABASE_URL",
        "DATABASE_READ_URL",
        "MIGRATIONS_DATABASE_URL",
        "S3_SECRET_ACCESS_KEY",
        "S3_EVENTS_SECRET",
        "BLOCKFROST_PROJECT_ID",
        "BLOCKFROST_WEBHOOK_SECRET",
        "PAYMENT_PROVIDER_KEY",
        "PAYMENT_WEBHOOK_SECRET",
        "PDF_SIGNING_PASSWORD",
        "PLATFORM_KEYSTORE_PASSWORD",
        "PERSONAL_DATA_KEY",
        "FORMER_PERSONAL_DATA_KEYS",
        "PERSONAL_INDEX_KEY",
        "TEMPORAL_PAYLOAD_KEY",
        "FORMER_TEMPORAL_PAYLOAD_KEYS",
        "WEBHOOK_SECRET_KEY",
        "FORMER_WEBHOOK_SECRET_KEYS",
        "SMTP_PASSWORD",
        # It may hold the password of Redis.
        "REDIS_URL",
    }


def test_the_readme_names_ten_for_newcomers_with_their_defaults() -> None:
    rows = re.findall(
        r"^\| `([A-Z0-9_]+)` \| ([^|]+) \|", (ROOT / "README.md").read_text(), re.MULTILINE
    )

    assert len(rows) == 10
    assert {name: default.strip("`") for name, default in rows} == {
        name: default_text(VARIABLES[name]) for name, _ in rows
    }
