"""Amounts as people read and type them."""

from decimal import Decimal

from domain.payments.fees import CURRENCIES


def format_money(amount_minor: int, currency: str) -> str:
    """As `1,234.50 EUR`; of a currency that is not charged in, in its minor units."""
    decimals = CURRENCIES.get(currency)
    if decimals is None:
        return f"{amount_minor:,} minor units of {currency}"
    return f"{Decimal(amount_minor).scaleb(-decimals):,.{decimals}f} {currency}"
