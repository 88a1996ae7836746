"""M5: whether a swipe opens a lock. A pure function of the card, the place, the time and what the store knows.

A lock opens only for a card that this lot wrote, in its newest issue, for a live grant, inside its time, at the
controller that the grant's spot hangs on (DESIGN.md, invariant 3). After 48 h without the platform only for cars that
are inside (ADR 0014).
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.cards.credential import CredentialError, unseal
from hardware.lotserver.config import ControllerConfig, ServerConfig
from hardware.lotserver.contact import is_current
from hardware.lotserver.directions import directions
from hardware.lotserver.store import Store, StoredGrant
from hardware.osdp.vendor import DenialReason


@dataclass(frozen=True, slots=True)
class Opens:
    lock: int
    spot: str
    grant_id: str
    card: str


@dataclass(frozen=True, slots=True)
class IsElsewhere:
    text: str
    spot: str
    grant_id: str
    card: str


@dataclass(frozen=True, slots=True)
class IsDenied:
    reason: DenialReason
    detail: str = ""
    grant_id: str | None = None
    card: str | None = None


Verdict = Opens | IsElsewhere | IsDenied


class Layout:
    """Which controller a spot hangs on."""

    def __init__(self, config: ServerConfig) -> None:
        self.controllers = {c.code: c for line in config.lines for c in line.controllers}
        self._of_spot = {spot: (c, i) for c in self.controllers.values() for i, spot in enumerate(c.locks)}

    def of_spot(self, spot: str) -> tuple[ControllerConfig, int] | None:
        """The controller and the lock's index on it."""
        return self._of_spot.get(spot)


def judge(data: bytes, controller: ControllerConfig, now: float, *, store: Store, config: ServerConfig) -> Verdict:
    """``data`` is what the reader read; ``now`` Unix seconds."""
    try:
        credential = unseal(data, config.lot, config.card_master_key)
    except CredentialError as error:
        reason = DenialReason.UNKNOWN_CARD if error.reason in ("length", "version") else DenialReason.BAD_CREDENTIAL
        return IsDenied(reason, error.reason)
    card = store.card(credential.chip_uid)
    if card is None:
        return IsDenied(DenialReason.UNKNOWN_CARD, "card", card=credential.chip_uid)
    if card.state != "issued" or card.issue != credential.issue_number:
        return IsDenied(DenialReason.REVOKED, "issue", card=card.uid)
    grant = store.grant(card.grant_id)
    if grant is None:
        return IsDenied(DenialReason.NO_GRANT, "grant", card=card.uid)
    if not (is_current(store, now) or store.is_inside(grant.id)):
        return IsDenied(DenialReason.NO_GRANT, "not_current", grant.id, card.uid)
    return _judge_grant(grant, card.uid, controller, now, Layout(config))


def _judge_grant(grant: StoredGrant, card: str, controller: ControllerConfig, now: float, layout: Layout) -> Verdict:
    if not grant.active:
        return IsDenied(DenialReason.REVOKED, "grant", grant.id, card)
    if now < grant.valid_from:
        return IsDenied(DenialReason.TOO_EARLY, "", grant.id, card)
    if now >= grant.valid_until:
        return IsDenied(DenialReason.TOO_LATE, "", grant.id, card)
    place = layout.of_spot(grant.spot)
    if place is None:
        return IsDenied(DenialReason.UNAVAILABLE, "no lock", grant.id, card)
    right, lock = place
    if right.code != controller.code:
        return IsElsewhere(directions(grant.spot, controller, right, grant.language), grant.spot, grant.id, card)
    return Opens(lock, grant.spot, grant.id, card)
