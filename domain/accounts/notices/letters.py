"""A mail before it is written as text and as HTML: both say the same, because both are made of this."""

from dataclasses import dataclass

from domain.accounts.notices.kinds import MailTemplate


@dataclass(frozen=True)
class LetterItem:
    """One thing that a digest tells of, and the full address where it is."""

    sentence: str
    address: str


@dataclass(frozen=True)
class Letter:
    """
    `sentences` are paragraphs; `address` is where the person acts, in full.

    `unsubscribe_address` is there where the mail may be turned off: mail programs offer it as one
    click (RFC 8058), and the mail's end names it. `preferences_address` is named at the end too.
    """

    subject: str
    sentences: tuple[str, ...]
    address: str | None = None
    items: tuple[LetterItem, ...] = ()
    template: MailTemplate = MailTemplate.NOTICE
    unsubscribe_address: str | None = None
    preferences_address: str | None = None

    @property
    def lead(self) -> str | None:
        """What stands above everything else."""
        return LEADS.get(self.template)

    @property
    def text(self) -> str:
        """The plain part; it ends with one line feed."""
        listed = tuple(f"- {item.sentence}\n  {item.address}" for item in self.items)
        parts = (
            *((self.lead,) if self.lead else ()),
            *self.sentences,
            *listed,
            *((self.address,) if self.address else ()),
            *self.endings,
        )
        return "\n\n".join(parts) + "\n"

    @property
    def endings(self) -> tuple[str, ...]:
        """How to hear of it otherwise."""
        endings: list[str] = []
        if self.preferences_address:
            endings.append(f"{CHOOSE} {self.preferences_address}")
        if self.unsubscribe_address:
            endings.append(f"{UNSUBSCRIBE} {self.unsubscribe_address}")
        return tuple(endings)


CHOOSE = "Choose what you are told of and how:"
UNSUBSCRIBE = "No more mails of this kind:"
LEADS = {
    MailTemplate.DEADLINE: "This has a deadline.",
    MailTemplate.SECURITY: "This protects your account or the registry, so it is always mailed.",
}
