"""The malware scanner that looks at files of data before they are read (ADR 0103)."""

from pydantic import field_validator

from adapters.settings.variables import WORKER, AreaSettings, variable


class ScanningSettings(AreaSettings):
    clamd_address: str | None = variable(
        None,
        "where clamd listens, as `host:3310` or the path of its socket; what comes in is then read only after "
        "its verdict, and waits while it is away; unset: nothing is scanned, and each file says so "
        "([ADR 0103](adr/0103-people-and-data-that-comes-in.md))",
        read_by=WORKER,
    )
    clamd_seconds: float = variable(
        60, "how long it may be silent before it counts as away", read_by=WORKER, gt=0
    )

    @field_validator("clamd_address")
    @classmethod
    def _is_address(cls, address: str | None) -> str | None:
        if not address:
            return None
        host, _, port = address.rpartition(":")
        if address.startswith("/") or (host and port.isdecimal() and 0 < int(port) < 2**16):
            return address
        raise ValueError("clamd's address is host:port, or the path of its socket")
