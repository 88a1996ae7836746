"""What the finance pages of the back office share: amounts in words, rows that nobody writes here."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from berth.kernel.money import MINOR_DIGITS


def amount_text(amount_minor: int, currency: str) -> str:
    """1,250.00 CNY"""
    digits = MINOR_DIGITS.get(currency, 2)
    return f"{amount_minor / 10**digits:,.{digits}f} {currency}"


class ReadOnly:
    """The domain functions write, and a ledger has no eraser."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
