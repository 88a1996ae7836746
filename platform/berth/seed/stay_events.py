"""What a lot would have told of a stay in the past.

They go to the layers above as hardware tells them, without rows in LotEvent: a lot's events are numbered by its lot
server alone, and the demo's lot servers begin at 1.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from berth.seed.devices import CARDS, chip_uid
from hardware.event_kinds import EventKind
from hardware.models import SpotLock
from hardware.signals import LotEventPayload
from lots.models import Spot
from members.models import Member

BEFORE_TIME = 0
"""The sequence of all of them; the timeline tells them apart by kind."""


def stay_events(
    spot: Spot, booking_id: uuid.UUID, renter: Member, entered: datetime, left: datetime
) -> Iterator[LotEventPayload]:
    """From the plate at the entrance to the card at the exit; swipe and lock only where the spot has a lock."""
    vehicle = renter.vehicles.order_by("pk").first()
    plate = vehicle.plate if vehicle else ""
    card = chip_uid(spot.lot.code, booking_id.int % CARDS)
    grant = str(booking_id)
    lock = SpotLock.objects.select_related("controller").filter(spot=spot).first()

    def told(kind: EventKind, at: datetime, **payload: str | int | bool | None) -> LotEventPayload:
        return LotEventPayload(spot.lot.code, BEFORE_TIME, kind, at, booking_id, {**payload, "grant": grant})

    def after(seconds: int, moment: datetime = entered) -> datetime:
        return moment + timedelta(seconds=seconds)

    read: dict[str, Any] = {"plate": plate, "confidence": 97, "match": "exact"}
    yield told(EventKind.PLATE_READ, after(-9), gate="in-1", direction="entry", **read)
    yield told(EventKind.CARD_ISSUED, after(-4), card=card, issue=1, gate="in-1")
    yield told(EventKind.VEHICLE_ENTERED, entered, plate=plate, gate="in-1", card=card)
    if lock is not None:
        code = lock.controller.code
        yield told(
            EventKind.SWIPE_JUDGED, after(110), controller=code, request=1, verdict="open", reason="", card=card,
            spot=spot.code,
        )  # fmt: skip
        yield told(
            EventKind.UNLOCK_RESULT, after(114), controller=code, spot=spot.code, outcome="opened", tries=1,
            command=None,
        )  # fmt: skip
        yield told(
            EventKind.LOCK_CHANGED, after(-70, left), spot=spot.code, controller=code, commanded="raised",
            acknowledged="raised", vehicle_present=False, battery_low=False,
        )  # fmt: skip
    yield told(EventKind.CARD_COLLECTED, after(-5, left), card=card, gate="out-1")
    yield told(EventKind.VEHICLE_LEFT, left, plate=plate, gate="out-1")
