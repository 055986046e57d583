"""PostgreSQL: the API and the worker connect as a role that owns nothing, migrations as the owner (ADR 0014)."""

from pathlib import Path

from pydantic import SecretStr

from adapters.settings.variables import ALL, API, BOTH, MIGRATIONS, AreaSettings, variable


class DatabaseSettings(AreaSettings):
    database_url: SecretStr = variable(
        SecretStr("postgresql+asyncpg://karbonica_app@127.0.0.1:5432/karbonica"),
        "PostgreSQL 18, as the role that owns nothing; several servers of which one is the primary as "
        "`…@/karbonica?host=one:5432&host=other:5432&target_session_attrs=primary`",
        read_by=ALL,
    )
    database_read_url: SecretStr | None = variable(
        None,
        "a streaming replica of it, as the same role: requests that change nothing read there, save of whom has "
        "just written and before it has heard of that ([ADR 0105](adr/0105-more-than-one-machine.md)); unset: "
        "everything is read from `DATABASE_URL`",
        read_by=API,
    )
    database_read_lag_seconds: float = variable(
        5,
        "how far that replica may be behind; beyond it the primary is read until it has caught up",
        read_by=API,
        gt=0,
    )
    migrations_database_url: SecretStr | None = variable(
        None,
        "the same database as its owner, for migrations alone; unset: `DATABASE_URL`",
        read_by=MIGRATIONS,
    )
    database_pool_size: int = variable(
        20,
        "connections each process may open, to read as to write, and keeps; an API four more, for ready answers",
        read_by=BOTH,
    )
    database_connect_seconds: float = variable(
        2, "what opening a connection, or waiting for one of the pool, may take", read_by=ALL, gt=0
    )
    database_use_seconds: float = variable(
        2.5,
        "how long one piece of a request may have the database, waiting for it included, before "
        "the answer is 503 ([outages](outages.md))",
        read_by=API,
        gt=0,
    )
    database_probe_seconds: float = variable(
        0.8,
        "after so long a wait PostgreSQL is asked whether it answers at all, and given as long to; "
        "else it counts as away",
        read_by=ALL,
        gt=0,
    )
    database_statement_seconds: float = variable(
        300, "after which PostgreSQL ends a statement", read_by=ALL, gt=0
    )
    database_lock_seconds: float = variable(
        5, "after which PostgreSQL ends a statement that waits for a lock", read_by=ALL, gt=0
    )
    database_idle_in_transaction_seconds: float = variable(
        60, "after which PostgreSQL ends a transaction in which nothing happens", read_by=ALL, gt=0
    )

    personal_data_key: SecretStr | None = variable(
        None,
        "32 bytes in base64 that wrap the keys of personal data "
        "([ADR 0072](adr/0072-personal-data-are-sealed.md)); API and worker need the same one and do "
        "not start without, unless a KMS wraps them",
        read_by=BOTH,
    )
    personal_data_key_file: Path | None = variable(
        None, "or a file with it, mode 600; it goes before the variable", read_by=BOTH
    )
    former_personal_data_keys: list[SecretStr] = variable(
        [],
        'keys that wrapped before it, as `["…"]`; they still unwrap what they wrapped',
        read_by=BOTH,
    )
    personal_data_kms_key_id: str | None = variable(
        None,
        "an AWS KMS key of spec `SYMMETRIC_DEFAULT` that wraps instead: its id, ARN or alias",
        read_by=BOTH,
    )
    personal_data_kms_endpoint_url: str | None = variable(
        None, "another KMS than the region's", read_by=BOTH
    )
    personal_data_kms_region: str | None = variable(
        None, "its region; unset: as boto3 finds it", read_by=BOTH
    )
    personal_index_key: SecretStr | None = variable(
        None,
        "32 bytes in base64, another key than the above: e-mails are found by their hash under it",
        read_by=BOTH,
    )
    personal_index_key_file: Path | None = variable(
        None, "or a file with it, mode 600; it goes before the variable", read_by=BOTH
    )
    database_shares_connections: bool = variable(
        False,
        "whether a pooler such as pgbouncer stands in front of PostgreSQL and lends a connection for "
        "one transaction: nothing is then prepared for later, and limits are set in each transaction",
        read_by=BOTH,
    )

    @property
    def owner_url(self) -> SecretStr:
        """What migrations connect with."""
        return self.migrations_database_url or self.database_url
