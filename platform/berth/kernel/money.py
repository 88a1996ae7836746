"""Money: integer minor units and a currency (ISO 4217). No floats anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MINOR_DIGITS = {"CNY": 2, "EUR": 2, "GBP": 2, "HKD": 2, "USD": 2, "JPY": 0, "KRW": 0}


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """``minor`` units of ``currency``: Money(1250, "CNY") is 12.50 yuan. Arithmetic refuses mixed currencies."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Divide ``total`` minor units by ``weights`` (for example basis points) so that the parts sum to it exactly.

    Largest remainder (Hamilton): each part is within one unit of its exact share; ties go to the earlier part.
    Raises ValueError where no weight is positive or one is negative, or the total is negative.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0 or total < 0:
        raise ValueError("weights must be non-negative with a positive sum, and the total non-negative")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts
