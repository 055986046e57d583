"""The mail server that takes notifications."""

from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import SecretStr, model_validator

from adapters.settings.variables import WORKER, AreaSettings, variable


class MailTls(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


class MailSettings(AreaSettings):
    smtp_host: str = variable("127.0.0.1", "the mail server", read_by=WORKER)
    smtp_port: int = variable(
        1025, "its port; usually 587 for `starttls`, 465 for `implicit`", read_by=WORKER
    )
    smtp_tls: MailTls = variable(
        MailTls.NONE,
        "`starttls`: encrypt before anything else is said, or send nothing; `implicit`: encrypted from "
        "the first byte; `none`: in the clear. The server's certificate is checked",
        read_by=WORKER,
    )
    smtp_ca_file: Path | None = variable(
        None,
        "certificates (PEM) that the server's is checked against; unset: those of the system",
        read_by=WORKER,
    )
    smtp_username: str | None = variable(
        None,
        "logs in with it; needs `SMTP_PASSWORD`, and `SMTP_TLS` other than `none`",
        read_by=WORKER,
    )
    smtp_password: SecretStr | None = variable(None, "its password", read_by=WORKER)
    smtp_seconds: float = variable(
        15, "what handing it one mail may take in all", read_by=WORKER, gt=0
    )
    mail_from: str = variable(
        "registry@karbonica.example", "sender of notifications", read_by=WORKER
    )

    @model_validator(mode="after")
    def _logs_in_safely(self) -> Self:
        if (self.smtp_username is None) != (self.smtp_password is None):
            raise ValueError("SMTP_USERNAME and SMTP_PASSWORD go together")
        if self.smtp_username is not None and self.smtp_tls is MailTls.NONE:
            raise ValueError(
                "SMTP_USERNAME needs SMTP_TLS, or the password goes over the network as it is"
            )
        return self
