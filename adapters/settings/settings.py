"""Everything the registry reads from its environment, once, at start: one class for each area."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, model_validator

from adapters.settings.chain import ChainSettings
from adapters.settings.database import DatabaseSettings
from adapters.settings.keys import KeySettings
from adapters.settings.mail import MailSettings
from adapters.settings.published import PdfSettings, PublishedSettings
from adapters.settings.registry import RegistrySettings
from adapters.settings.rules import PaymentSettings, RuleSettings
from adapters.settings.storage import ScanningSettings, StorageSettings
from adapters.settings.telemetry import TelemetrySettings
from adapters.settings.temporal import TemporalSettings
from adapters.settings.transparency import TransparencySettings
from adapters.settings.variables import AreaSettings
from adapters.settings.web import WebSettings
from adapters.settings.webhooks import WebhookSettings

AREAS: Mapping[str, type[AreaSettings]] = {
    "registry": RegistrySettings,
    "web": WebSettings,
    "database": DatabaseSettings,
    "temporal": TemporalSettings,
    "telemetry": TelemetrySettings,
    "storage": StorageSettings,
    "scanning": ScanningSettings,
    "chain": ChainSettings,
    "keys": KeySettings,
    "pdf": PdfSettings,
    "published": PublishedSettings,
    "mail": MailSettings,
    "webhooks": WebhookSettings,
    "rules": RuleSettings,
    "transparency": TransparencySettings,
    "payments": PaymentSettings,
}
AREA_OF: Mapping[str, str] = {
    variable: area for area, kind in AREAS.items() for variable in kind.model_fields
}
"""The area of each variable; both in lower case."""


class Settings(BaseModel):
    """
    All areas, each read from the environment; every fault of every area is told at once.

    What is passed by a variable's name, or as a whole area, goes before the environment:
    `Settings(database_pool_size=5)`.

    Raises:
        ValidationError: variables are missing, malformed or contradict each other; or something was
            passed that is no variable.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    registry: RegistrySettings
    web: WebSettings
    database: DatabaseSettings
    temporal: TemporalSettings
    telemetry: TelemetrySettings
    storage: StorageSettings
    scanning: ScanningSettings
    chain: ChainSettings
    keys: KeySettings
    pdf: PdfSettings
    published: PublishedSettings
    mail: MailSettings
    webhooks: WebhookSettings
    rules: RuleSettings
    transparency: TransparencySettings
    payments: PaymentSettings

    def __init__(self, **given: Any) -> None:
        areas: dict[str, Any] = {area: given.pop(area, {}) for area in AREAS}
        for name in given.keys() & AREA_OF.keys():
            area = areas[AREA_OF[name]]
            known = area.model_dump() if isinstance(area, AreaSettings) else area
            areas[AREA_OF[name]] = known | {name: given.pop(name)}
        super().__init__(**areas, **given)

    def replace(self, **changes: Any) -> Self:
        """These settings with other values of some variables."""
        return type(self)(**{area: getattr(self, area) for area in AREAS} | changes)

    @model_validator(mode="after")
    def _loopback_only_among_ourselves(self) -> Self:
        if self.webhooks.webhooks_allow_loopback and not self.web.listens_on_loopback:
            raise ValueError("WEBHOOKS_ALLOW_LOOPBACK is for an API that listens on loopback alone")
        return self

    @model_validator(mode="after")
    def _passkeys_of_our_own_domain(self) -> Self:
        host = urlsplit(self.registry.public_url).hostname or ""
        domain = self.web.passkey_domain
        if domain is not None and not f".{host}".endswith(f".{domain}"):
            raise ValueError(
                "PASSKEY_DOMAIN must be the host of PUBLIC_URL, or one that it is below"
            )
        return self


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    return Settings()
