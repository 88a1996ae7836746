"""Money as people read it: ¥12.50, −¥3.00, US$ where the symbol alone would mislead."""

from __future__ import annotations

from berth.kernel.money import MINOR_DIGITS, Money

SYMBOLS = {"CNY": "¥", "EUR": "€", "GBP": "£", "HKD": "HK$", "USD": "US$", "JPY": "JP¥", "KRW": "₩"}
MINUS = "\u2212"


def as_money(amount: Money | int, currency: str = "") -> Money:
    """``amount`` itself, or that many minor units of ``currency`` (CNY when it is not given)."""
    return amount if isinstance(amount, Money) else Money(int(amount), currency or "CNY")


def money_text(amount: Money, *, signed: bool = False) -> str:
    """'¥1,234.50'; with ``signed`` a plus sign too. Minor digits as the currency has them."""
    digits = MINOR_DIGITS.get(amount.currency, 2)
    whole, part = divmod(abs(amount.minor), 10**digits)
    number = f"{whole:,}" + (f".{part:0{digits}d}" if digits else "")
    sign = MINUS if amount.minor < 0 else "+" if signed and amount.minor > 0 else ""
    return f"{sign}{SYMBOLS.get(amount.currency, amount.currency + ' ')}{number}"
