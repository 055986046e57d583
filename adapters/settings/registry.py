"""What the registry is called, where it is, and how much it logs."""

from adapters.settings.variables import BOTH, AreaSettings, variable


class RegistrySettings(AreaSettings):
    registry_name: str = variable(
        "Karbonica Registry", "stands on pages, in mails and on certificates", read_by=BOTH
    )
    public_url: str = variable(
        "http://127.0.0.1:8000",
        "the registry's address, as certificates and mails print it",
        read_by=BOTH,
    )
    log_level: str = variable("INFO", "the least severe log line that is written", read_by=BOTH)
