"""The mail server that takes notifications."""

from adapters.settings.variables import WORKER, AreaSettings, variable


class MailSettings(AreaSettings):
    smtp_host: str = variable("127.0.0.1", "the mail server", read_by=WORKER)
    smtp_port: int = variable(1025, "its port", read_by=WORKER)
    smtp_seconds: float = variable(
        15, "what handing it one mail may take in all", read_by=WORKER, gt=0
    )
    mail_from: str = variable(
        "registry@karbonica.example", "sender of notifications", read_by=WORKER
    )
