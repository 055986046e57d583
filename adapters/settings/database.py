"""PostgreSQL: the API and the worker connect as a role that owns nothing, migrations as the owner (ADR 0014)."""

from pydantic import SecretStr

from adapters.settings.variables import ALL, BOTH, MIGRATIONS, AreaSettings, variable


class DatabaseSettings(AreaSettings):
    database_url: SecretStr = variable(
        SecretStr("postgresql+asyncpg://karbonica_app@127.0.0.1:5432/karbonica"),
        "PostgreSQL 18, as the role that owns nothing",
        read_by=ALL,
    )
    migrations_database_url: SecretStr | None = variable(
        None,
        "the same database as its owner, for migrations alone; unset: `DATABASE_URL`",
        read_by=MIGRATIONS,
    )
    database_pool_size: int = variable(
        10,
        "connections each process keeps; it may open as many again under load",
        read_by=BOTH,
    )

    @property
    def owner_url(self) -> SecretStr:
        """What migrations connect with."""
        return self.migrations_database_url or self.database_url
