"""
The register of processing of personal data, as GDPR 30 asks for it; docs/personal-data.md explains each line.

A test holds it to that page. Whatever changes here changes the form of the report (FORM_VERSION).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Processing:
    """`basis` is the paragraph of GDPR 6 (or article); `until` when it is erased."""

    data: str
    subjects: str
    purpose: str
    basis: str
    until: str


REGISTER: tuple[Processing, ...] = (
    Processing(
        "name, e-mail", "account holders", "the account", "6(1)(b)", "erased, then a pseudonym"
    ),
    Processing("password", "account holders", "signing in", "6(1)(b)", "changed or erased"),
    Processing(
        "organisation",
        "account holders",
        "who stands behind a project",
        "6(1)(e)",
        "where it is public, as long as the registry",
    ),
    Processing(
        "wallet's address", "who links one", "second factor", "6(1)(b)", "unlinked or erased"
    ),
    Processing(
        "network (/24, /48), browser family, device hash",
        "who signs in",
        "security",
        "6(1)(f)",
        "sessions: erased; audit entries: as the log",
    ),
    Processing("failed log-ins", "whoever tries", "security", "6(1)(f)", "a day"),
    Processing(
        "notifications", "account holders", "what concerns them", "6(1)(b)", "as the account"
    ),
    Processing("reasons of staff's acts", "account holders", "accountability", "6(1)(c)", "erased"),
    Processing("audit entries", "account holders", "accountability", "6(1)(c)", "as the log"),
    Processing(
        "beneficiary's name and country",
        "whom a holder names",
        "public claim",
        "6(1)(e)",
        "as long as the registry",
    ),
    Processing("consents", "account holders", "proof of consent", "7", "as the account"),
    Processing("copies of one's data", "who asks", "GDPR 15 and 20", "15, 20", "seven days"),
)
