"""How one variable of the environment is described: its default, its meaning and who reads it."""

import json
from enum import StrEnum
from typing import Any

from pydantic import Field, JsonValue
from pydantic_settings import BaseSettings, SettingsConfigDict


class Reader(StrEnum):
    """A process that reads a variable as it starts."""

    API = "API"
    WORKER = "worker"
    MIGRATIONS = "migrations"


API, WORKER, MIGRATIONS = (Reader.API,), (Reader.WORKER,), (Reader.MIGRATIONS,)
BOTH = (Reader.API, Reader.WORKER)
ALL = (*BOTH, Reader.MIGRATIONS)


class AreaSettings(BaseSettings):
    """
    The variables of one area, read from the environment; what is passed goes before it.

    Names are the variables in lower case (`DATABASE_URL` fills `database_url`). Secrets are
    `SecretStr`, so that neither a log line nor a traceback shows them.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True)


def listed(value: object) -> object:
    """Items between commas, or a list in JSON, as they may stand in an environment."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [item.strip() for item in value.split(",") if item.strip()]


def variable(default: Any, meaning: str, *, read_by: tuple[Reader, ...], **constraints: Any) -> Any:
    """
    A variable; `meaning` and `read_by` become its row in docs/settings.md.

    `constraints` are those of `pydantic.Field`. A callable default is worked out from the values of
    the area's variables above it.
    """
    given = {"default_factory": default} if callable(default) else {"default": default}
    readers: dict[str, JsonValue] = {"read_by": [reader.value for reader in read_by]}
    return Field(description=meaning, json_schema_extra=readers, **given, **constraints)
