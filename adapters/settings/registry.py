"""What the registry is called, where it is, and how much it logs."""

from adapters.settings.variables import API, BOTH, AreaSettings, variable


class RegistrySettings(AreaSettings):
    registry_name: str = variable(
        "Karbonica Registry", "stands on pages, in mails and on certificates", read_by=BOTH
    )
    public_url: str = variable(
        "http://127.0.0.1:8000",
        "the registry's address, as certificates and mails print it",
        read_by=BOTH,
    )
    operator_name: str = variable(
        "Karbonica Registry (a demonstration)",
        "who runs the registry, in law; stands under about, terms and privacy",
        read_by=API,
    )
    contact_email: str = variable(
        "registry@karbonica.example",
        "where people write to, about a page, a certificate or a hole; stands under contact and in security.txt",
        read_by=API,
    )
    log_level: str = variable("INFO", "the least severe log line that is written", read_by=BOTH)
