"""What the chain's provider may tell: that something happened, which the follower then sees for itself."""

from adapters.chain.blockfrost.webhooks import ProviderCallRefused, require_genuine
from adapters.postgres.chain.provider_notes import note_provider_told
from api.http.resources import Resources
from domain.errors import NotFound

__all__ = ["ProviderCallRefused", "provider_told"]


async def provider_told(parts: Resources, body: bytes, signature: str | None) -> None:
    """
    Let the follower ask for the tip at once; nothing of the body is read (ADR 0048).

    Raises:
        NotFound: no secret is set, so webhooks of the provider are not expected.
        ProviderCallRefused: the signature does not fit, or is not fresh.
    """
    secret = parts.settings.chain.blockfrost_webhook_secret
    if secret is None:
        raise NotFound("Webhooks of the chain's provider are not set up here.")
    at = parts.clock.now()
    require_genuine(body, signature, secret.get_secret_value(), now=at)
    async with parts.writing_once() as connection:
        await note_provider_told(connection, at)
