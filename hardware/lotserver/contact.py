"""How long a lot goes on alone: 48 h after the platform last signed something (PRODUCT.md, leap 7; ADR 0014)."""

from __future__ import annotations

from hardware.lotserver.store import Store

ALONE_FOR = 48 * 3600
"""Seconds after which grants that nobody confirmed let no car in by themselves any more: staff decide."""


def last_contact(store: Store) -> int:
    """Unix seconds at which the platform signed what was last believed; before that, when the store was made."""
    return int(store.meta("contact", "0"))


def is_current(store: Store, now: float) -> bool:
    """Whether the grants may still let cars in without a person."""
    return now - last_contact(store) <= ALONE_FOR
