"""What a lot event changes in the twins of devices, cards, calls and orders: one function a kind."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hardware.domain import booth, cards, commands, emergencies, spot_health
from hardware.event_kinds import EventKind
from hardware.models import AccessCard, Controller, GateState, LotEvent, SpotLock
from lots.models import Gate, Spot

log = logging.getLogger(__name__)
Position = SpotLock.Position
SICK = frozenset({Position.JAMMED, Position.OFFLINE})
_UID_LENGTH = 20
_PLATE_LENGTH = 12
_SIGHTING_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Told:
    """A stored event, with the things that it names looked up in its lot."""

    event: LotEvent

    def text(self, name: str) -> str:
        value = self.event.payload.get(name)
        return value if isinstance(value, str) else ""

    def flag(self, name: str) -> bool:
        return self.event.payload.get(name) is True

    def number(self, name: str) -> int:
        value = self.event.payload.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    def spot(self) -> Spot | None:
        return Spot.objects.filter(lot_id=self.event.lot_id, code=self.text("spot")).first()

    def controller(self) -> Controller | None:
        return Controller.objects.filter(lot_id=self.event.lot_id, code=self.text("controller")).first()

    def gate(self) -> Gate | None:
        return Gate.objects.filter(lot_id=self.event.lot_id, code=self.text("gate")).first()

    def lock(self) -> SpotLock | None:
        """The lock of the named spot, with its row locked."""
        locks = SpotLock.objects.select_for_update(of=("self",)).select_related("spot", "controller")
        return locks.filter(spot__lot_id=self.event.lot_id, spot__code=self.text("spot")).first()


def lock_changed(told: Told) -> None:
    """The lock's twin follows; a lock that fails takes its spot from the site, a working one brings it back."""
    lock = told.lock()
    if lock is None:
        log.warning("%s: no lock at spot %r", told.event, told.text("spot"))
        return
    at = told.event.occurred_at
    commanded, acknowledged = (told.text(name) for name in ("commanded", "acknowledged"))
    if commanded in Position.values and commanded != lock.commanded:
        lock.commanded, lock.commanded_at = commanded, at
    if acknowledged in Position.values and acknowledged != lock.acknowledged:
        if lock.acknowledged in SICK and acknowledged in spot_health.KNOWN:
            lock.works = None  # it was mended: what failed before says nothing any more
        lock.acknowledged, lock.acknowledged_at = acknowledged, at
    for flag in ("vehicle_present", "battery_low", "drifting", "unexpected"):
        setattr(lock, flag, told.flag(flag))
    lock.state_at = at
    lock.save()
    spot_health.follow(lock, at=at)


def lock_tested(told: Told) -> None:
    """The result of a test is kept with the lock; what the test found out comes with the lock's own changes."""
    lock = told.lock()
    if lock is None:
        log.warning("%s: no lock at spot %r", told.event, told.text("spot"))
        return
    lock.tested_at, lock.works = told.event.occurred_at, told.text("outcome") == "passed"
    lock.save(update_fields=["tested_at", "works"])
    spot_health.follow(lock, at=told.event.occurred_at)


def unlock_result(told: Told) -> None:
    """A lock that did not open is as good as one that failed its test; one that did open has passed it."""
    lock = told.lock()
    if lock is None:
        return
    lock.works = told.text("outcome") == "opened"
    lock.save(update_fields=["works"])
    spot_health.follow(lock, at=told.event.occurred_at)


def controller_changed(told: Told) -> None:
    """The controller's twin follows; without it none of its locks opens, so their spots leave the site meanwhile."""
    controller = told.controller()
    if controller is None:
        log.warning("%s: no controller %r", told.event, told.text("controller"))
        return
    controller.online = told.flag("online")
    controller.state_reason = told.text("reason")[:80]
    controller.state_at = told.event.occurred_at
    controller.save(update_fields=["online", "state_reason", "state_at"])
    for lock in controller.locks.select_related("spot", "controller").order_by("pk"):
        spot_health.follow(lock, at=told.event.occurred_at)


def card_issued(told: Told) -> None:
    """The card is out, with its new issue number: older ones are void, and so is any other of its stay."""
    if told.event.grant is not None:
        cards.revoke_those_out(grant=told.event.grant, but=told.text("card").upper())
    _card(told, state=AccessCard.State.ISSUED, issue_number=told.number("issue"), grant=told.event.grant, gate=None)


def card_collected(told: Told) -> None:
    """The card is back. Its grant stays on it as the last one that it served."""
    _card(told, state=AccessCard.State.RETURNED, gate=told.gate())


def card_voided(told: Told) -> None:
    """Its car has left without giving it back. What was reported lost stays that."""
    named = AccessCard.objects.filter(lot_id=told.event.lot_id, chip_uid=told.text("card").upper())
    named.filter(state=AccessCard.State.ISSUED).update(
        state=AccessCard.State.REVOKED, gate=None, state_at=told.event.occurred_at
    )


def vehicle_left(told: Told) -> None:
    """The stay is over, and with it every card that is still out for it."""
    if told.event.grant is not None:
        cards.revoke_those_out(grant=told.event.grant)


def card_stock(told: Told) -> None:
    """What the gate's card machine says of itself."""
    gate, level = told.gate(), told.text("level")
    if gate is None or level not in GateState.Stock.values:
        log.warning("%s: no gate %r, or no level %r", told.event, told.text("gate"), level)
        return
    values = {"stock": level, "bin_full": told.flag("bin_full"), "state_at": told.event.occurred_at}
    GateState.objects.update_or_create(gate=gate, defaults=values)


def plate_read(told: Told) -> None:
    """The gate's last plate. Its picture comes by another way, earlier or later."""
    gate, plate = told.gate(), told.text("plate")
    if gate is None or not 0 < len(plate) <= _PLATE_LENGTH:
        return
    at = told.event.occurred_at
    seen = {"plate": plate, "plate_at": at, "sighting": told.text("camera_event")[:_SIGHTING_LENGTH]}
    GateState.objects.update_or_create(gate=gate, defaults=seen, create_defaults={**seen, "state_at": at})


def emergency_raised(told: Told) -> None:
    """Somebody needs help."""
    call_id = _uuid(told.text("call"))
    if call_id is None:
        log.error("%s: an emergency call without an identifier", told.event)
        return
    emergencies.raise_call(
        call_id=call_id,
        lot=told.event.lot,
        reason=told.text("reason"),
        raised_at=told.event.occurred_at,
        controller=told.controller(),
        gate_code=told.text("gate"),
        spot=told.spot(),
        grant=told.event.grant,
    )


def call_taken(told: Told) -> None:
    """Somebody at the lot's booth page has taken a call."""
    call_id = _uuid(told.text("call"))
    if call_id is not None:
        emergencies.taken_at_booth(
            call_id=call_id, lot_id=told.event.lot_id, member_id=told.number("member"), at=told.event.occurred_at
        )


def call_resolved(told: Told) -> None:
    """Somebody at the lot's booth page has given help."""
    call_id = _uuid(told.text("call"))
    if call_id is not None:
        emergencies.resolved_at_booth(
            call_id=call_id,
            lot_id=told.event.lot_id,
            member_id=told.number("member"),
            at=told.event.occurred_at,
            note=told.text("note"),
        )


def staff_order(told: Told) -> None:
    """Somebody at the lot's booth page has opened or raised something."""
    command_id = _uuid(told.text("command"))
    if command_id is not None:
        booth.take_order(
            lot_id=told.event.lot_id,
            command_id=command_id,
            kind=told.text("deed"),
            spot_code=told.text("spot"),
            gate_code=told.text("gate"),
            member_id=told.number("member"),
            reason=told.text("reason"),
            at=told.event.occurred_at,
        )


def command_result(told: Told) -> None:
    """What came of an order."""
    command_id = _uuid(told.text("command"))
    if command_id is not None:
        commands.take_result(
            lot_id=told.event.lot_id,
            command_id=command_id,
            outcome=told.text("outcome"),
            detail=told.text("detail"),
            at=told.event.occurred_at,
        )


def rejected(told: Told) -> None:
    """Something was refused at the lot: on record, and in the log."""
    log.warning(
        "lot %s refused %s: %s %s", told.event.lot.code, told.text("source"), told.text("reason"), told.text("detail")
    )


EFFECTS: dict[str, Callable[[Told], None]] = {
    EventKind.PLATE_READ: plate_read,
    EventKind.LOCK_CHANGED: lock_changed,
    EventKind.LOCK_TESTED: lock_tested,
    EventKind.UNLOCK_RESULT: unlock_result,
    EventKind.CONTROLLER_CHANGED: controller_changed,
    EventKind.CARD_ISSUED: card_issued,
    EventKind.CARD_COLLECTED: card_collected,
    EventKind.CARD_VOIDED: card_voided,
    EventKind.VEHICLE_LEFT: vehicle_left,
    EventKind.CARD_STOCK: card_stock,
    EventKind.EMERGENCY_RAISED: emergency_raised,
    EventKind.CALL_TAKEN: call_taken,
    EventKind.CALL_RESOLVED: call_resolved,
    EventKind.STAFF_ORDER: staff_order,
    EventKind.COMMAND_RESULT: command_result,
    EventKind.REJECTED: rejected,
}
"""Kinds that change something here. The others are stored, and told to the layers above where they concern a grant."""


def _card(told: Told, **changes: Any) -> None:
    uid = told.text("card").upper()
    if not uid or len(uid) > _UID_LENGTH:
        log.warning("%s: no card is named", told.event)
        return
    defaults = {**changes, "state_at": told.event.occurred_at}
    AccessCard.objects.update_or_create(lot_id=told.event.lot_id, chip_uid=uid, defaults=defaults)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
