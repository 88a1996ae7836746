"""What a lot server's store holds, as its parts hand it around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """Times are Unix seconds; valid in [valid_from, valid_until)."""

    id: str
    revision: int
    active: bool
    spot: str
    plates: tuple[str, ...]
    member: int
    language: str
    valid_from: int
    valid_until: int
    name: str = ""

    def valid_at(self, now: float) -> bool:
        return self.active and self.valid_from <= now < self.valid_until


@dataclass(frozen=True, slots=True)
class StoredCard:
    uid: str
    issue: int
    state: str
    """issued, returned or revoked."""
    grant_id: str


@dataclass(frozen=True, slots=True)
class Presence:
    """A car inside. ``state`` is entering (it is being let in at ``gate``; no ``card`` yet: none is out) or inside."""

    grant_id: str
    plate: str
    card: str
    state: str
    gate: str = ""


@dataclass(frozen=True, slots=True)
class LockTwin:
    """A lock as it was told to be and as it says it is (SpotLock.Position values)."""

    spot: str
    commanded: str = "raised"
    acknowledged: str = "unknown"
    vehicle: bool = False
    battery_low: bool = False
    grant_id: str | None = None
    raise_wanted: bool = False


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    sequence: int
    kind: str
    occurred_at: int
    """Unix milliseconds."""
    payload: dict[str, Any]
