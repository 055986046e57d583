"""Webhooks: where they may lead, how soon they are sent, and the key that seals their secrets (ADR 0025)."""

from pathlib import Path

from pydantic import SecretStr

from adapters.settings.variables import BOTH, WORKER, AreaSettings, variable


class WebhookSettings(AreaSettings):
    webhooks_allow_loopback: bool = variable(
        False,
        "whether webhooks may lead to this very machine, over http: for a laptop; refused when "
        "`API_HOST` is not loopback",
        read_by=BOTH,
    )
    webhook_look_seconds: float = variable(
        1, "pause between two looks for events to send", read_by=WORKER, gt=0
    )
    webhook_secret_key: SecretStr | None = variable(
        None,
        "32 bytes in base64 that seal the secrets of webhooks "
        "([ADR 0025](adr/0025-webhook-secrets-are-sealed.md)); API and worker need the same one "
        "and do not start without",
        read_by=BOTH,
    )
    webhook_secret_key_file: Path | None = variable(
        None, "or a file with it, mode 600; it goes before the variable", read_by=BOTH
    )
    former_webhook_secret_keys: list[SecretStr] = variable(
        [],
        'keys that sealed before it, as `["…"]`; they still read what they sealed',
        read_by=BOTH,
    )
