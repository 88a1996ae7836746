"""Taking and giving back spots: invariant 1, one winner per spot and time (docs/adr/0005, docs/adr/0016).

The insert decides, not a check before it: the exclusion constraint refuses the second of two overlapping live rows,
and ``ON CONFLICT DO NOTHING`` turns that refusal into a row count instead of an error. One order of locks for all who
take and give back: first the spot's idle time, then the occupancy. Take at most one period of a spot per transaction:
two would let two transactions wait for each other.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel import live
from berth.kernel.errors import Conflict, InvalidInput, NotAllowed, Text
from berth.kernel.ids import uuid7
from lots.domain import idle_time
from lots.models import IdleTime, Occupancy, Spot
from members.models import Member

TAKE = """
INSERT INTO lots_occupancy (id, spot_id, period, kind, state, expires_at, created_at)
VALUES (%s, %s, tstzrange(%s, %s), %s, 'live', %s, now())
ON CONFLICT DO NOTHING
"""
"""The statement that decides; the control test runs it against a copy of the table without the constraint."""

LONGEST_USE = timedelta(days=366)
"""Of an owner's own use."""


def take(
    *,
    occupancy_id: uuid.UUID,
    spot_id: int,
    start: datetime,
    end: datetime,
    kind: str,
    expires_at: datetime | None = None,
) -> bool:
    """Take the spot for [start, end), idle or not; False if something else has any of it. See ``seize`` for renters.

    The id is the caller's, so that a repeat is harmless: True again while the same id has the same spot and period.
    A hold needs ``expires_at``. Raises InvalidInput for an empty or inverted period, or a hold without it.
    """
    start, end = _checked(start, end, kind, expires_at)
    with transaction.atomic():
        _lock_idle_time(spot_id)
        with connection.cursor() as cursor:
            cursor.execute(TAKE, [occupancy_id, spot_id, start, end, kind, expires_at])
            won = bool(cursor.rowcount)
        if not won:
            return _has_already(occupancy_id, spot_id, start, end)
        idle_time.cut(spot_id, start, end, kind)
        _publish(spot_id)
    return True


def turn_hold_into_booking(*, occupancy_id: uuid.UUID) -> bool:
    """The hold was paid for. True if the id has the spot as a booking, now or already; False if the hold is gone."""
    mine = Occupancy.objects.filter(pk=occupancy_id, state=Occupancy.State.LIVE)
    turned = mine.filter(kind=Occupancy.Kind.HOLD).update(kind=Occupancy.Kind.BOOKING, expires_at=None)
    return bool(turned) or mine.filter(kind=Occupancy.Kind.BOOKING).exists()


def release(*, occupancy_id: uuid.UUID, at: datetime | None = None) -> bool:
    """Give the spot back. True if this call did it, False if it was released before or never existed.

    Without ``at``, or with one up to the start, the whole period is free again. With ``at`` inside the period the row
    keeps [start, at) as history and the rest is free; with one at or after the end nothing is left to give back.
    """
    at = at and at.astimezone(UTC)
    with transaction.atomic():
        spot_id = Occupancy.objects.filter(pk=occupancy_id).values_list("spot_id", flat=True).first()
        if spot_id is None:
            return False
        _lock_idle_time(spot_id)
        row = Occupancy.objects.select_for_update(no_key=True).get(pk=occupancy_id)
        if row.state != Occupancy.State.LIVE:
            return False
        start, end = row.period.lower, row.period.upper
        free_from = start if at is None or at <= start else min(at, end)
        if start < free_from < end:
            row.period = (start, free_from)
        row.state, row.released_at = Occupancy.State.RELEASED, at or timezone.now()
        row.save(update_fields=["period", "state", "released_at"])
        idle_time.give_back(spot_id, free_from, end)
        _publish(spot_id)
    return True


def owner_use(*, spot: Spot, start: datetime, end: datetime, by: Member) -> uuid.UUID:
    """The owner keeps [start, end) for themselves; the new occupancy's id.

    Raises InvalidInput for a time that is over or longer than LONGEST_USE, Conflict where part of it is taken.
    """
    if spot.owner_id != by.pk:
        raise NotAllowed("not_your_spot", _("This spot is not yours."))
    use_is_right(start, end)
    occupancy_id = uuid7()
    if not take(occupancy_id=occupancy_id, spot_id=spot.pk, start=start, end=end, kind=Occupancy.Kind.OWNER_USE):
        message = _("Somebody has booked part of that time. Choose a time around the booking.")
        raise Conflict("spot_taken", message)
    return occupancy_id


def end_owner_use(*, occupancy_id: uuid.UUID, by: Member) -> bool:
    """The rest of it is free again; what has passed stays as history. False if it had ended before.

    Raises NotAllowed for anything but an own use of the member's own spot.
    """
    if not Occupancy.objects.filter(pk=occupancy_id, kind=Occupancy.Kind.OWNER_USE, spot__owner=by).exists():
        raise NotAllowed("not_your_spot", _("This spot is not yours."))
    return release(occupancy_id=occupancy_id, at=timezone.now())


def use_is_right(start: datetime, end: datetime) -> None:
    """Of an own use or of maintenance. Raises InvalidInput with fields."""
    faults: dict[str, Text] = {}
    if start >= end:
        faults["end"] = _("The end must be after the start.")
    elif end <= timezone.now():
        faults["end"] = _("That time is over. Choose a later end.")
    elif end - start > LONGEST_USE:
        faults["end"] = _("Keep the spot for a year at most. For longer, pause the listing.")
    if faults:
        raise InvalidInput("period_invalid", faults["end"], fields=faults)


def _has_already(occupancy_id: uuid.UUID, spot_id: int, start: datetime, end: datetime) -> bool:
    return Occupancy.objects.filter(
        pk=occupancy_id, spot_id=spot_id, state=Occupancy.State.LIVE, period=(start, end)
    ).exists()


def _checked(start: datetime, end: datetime, kind: str, expires_at: datetime | None) -> tuple[datetime, datetime]:
    start, end = start.astimezone(UTC), end.astimezone(UTC)  # else compared by the wall clock, if of one zone
    if start >= end:
        raise InvalidInput("period_inverted", _("The end must be after the start."))
    if kind == Occupancy.Kind.HOLD and expires_at is None:
        raise InvalidInput("hold_without_expiry", _("A hold needs an expiry."))
    return start, end


def _lock_idle_time(spot_id: int) -> None:
    """First, in every function that takes or gives back: one order for all."""
    list(IdleTime.objects.select_for_update().filter(spot_id=spot_id).values_list("spot_id"))


def _publish(spot_id: int) -> None:
    code = Spot.objects.values_list("lot__code", flat=True).get(pk=spot_id)
    live.publish(f"spots.{code}", f"lot.{code}")
