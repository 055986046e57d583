"""
`python -m deploy.laptop keys | bucket | accounts`: the one-shot jobs of docker-compose.yml.

They make what a production set-up has already: two keys, a bucket, and people who can sign in. Each
may run again and keeps what is there.
"""

import argparse
import asyncio
import contextlib
from pathlib import Path

import boto3
from botocore.config import Config

from adapters.settings import Settings, load_settings
from devstack.keys import ensure_keys, ensure_webhook_key
from devstack.seed import seed_accounts

PUBLISHED = Path("/published")


def make_keys(settings: Settings) -> str:
    """
    Make the two keys, and publish their public halves: to the API, and to the devnet, which funds
    the address. The keys themselves never leave their volume. The keys for webhooks' secrets and for
    personal data have a volume of their own, because the API needs them and must not see the others.
    """
    keys = ensure_keys(settings.keys.platform_key_file.parent.parent)
    if settings.webhooks.webhook_secret_key_file is not None:
        ensure_webhook_key(settings.webhooks.webhook_secret_key_file)
    for file in (
        settings.database.personal_data_key_file,
        settings.database.personal_index_key_file,
    ):
        if file is not None:
            ensure_webhook_key(file)
    (PUBLISHED / "platform.address").write_text(f"{keys.platform_address}\n")
    (PUBLISHED / "registry.env").write_text(
        f"PLATFORM_ADDRESS={keys.platform_address}\n"
        f"CERTIFICATE_PUBLIC_KEY={keys.certificate_public_key}\n"
    )
    return f"The platform's address is {keys.platform_address}."


def make_bucket(settings: Settings) -> str:
    storage = boto3.client(
        "s3",
        endpoint_url=settings.storage.s3_endpoint_url,
        region_name=settings.storage.s3_region,
        aws_access_key_id=settings.storage.s3_access_key_id,
        aws_secret_access_key=settings.storage.s3_secret_access_key.get_secret_value(),
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    with contextlib.suppress(storage.exceptions.BucketAlreadyOwnedByYou):
        storage.create_bucket(Bucket=settings.storage.s3_bucket)
    return f"The bucket {settings.storage.s3_bucket} is there."


def make_accounts(settings: Settings) -> str:
    """Their password is in every copy of this repository, so compose publishes to loopback only."""
    asyncio.run(seed_accounts(settings.database))
    return "The four demo accounts are there."


JOBS = {"keys": make_keys, "bucket": make_bucket, "accounts": make_accounts}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m deploy.laptop", description=__doc__)
    parser.add_argument("job", choices=JOBS)
    print(JOBS[parser.parse_args().job](load_settings()))  # noqa: T201 -- a command's answer
