"""Who is on duty at a lot, and in which order people are called when somebody needs help."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from lots.models import DutyShift, Lot, LotStaff
from members.models import Member


def on_duty(lot: Lot, at: datetime) -> list[LotStaff]:
    """Those whose shift it is by their rank, then those who have said that they are there. Two queries."""
    local = at.astimezone(lot.zone)
    today, before = local.weekday(), (local - timedelta(days=1)).weekday()
    shifts = (
        DutyShift.objects.filter(staff__lot=lot, weekday__in=[today, before], staff__member__is_active=True)
        .select_related("staff__member")
        .order_by("rank", "pk")
    )
    there = LotStaff.objects.filter(lot=lot, on_duty=True, member__is_active=True).select_related("member")
    return _once([*(s.staff for s in shifts if _covers(s, local, today)), *there.order_by("pk")])


def ladder(lot: Lot, at: datetime) -> list[Member]:
    """Who is called one after the other: on duty, then the lot's managers, then the property manager."""
    managers = LotStaff.objects.filter(lot=lot, role=LotStaff.Role.MANAGER, member__is_active=True)
    roles = _once([*on_duty(lot, at), *managers.select_related("member").order_by("pk")])
    people = [role.member for role in roles]
    if lot.manager is not None and lot.manager not in people:
        people.append(lot.manager)
    return people


def _covers(shift: DutyShift, local: datetime, today: int) -> bool:
    """Of a shift through midnight the part before it is its weekday's, the part after it the next day's."""
    now, overnight = local.time(), shift.end <= shift.start
    if shift.weekday == today and now >= shift.start:
        return overnight or now < shift.end
    return overnight and shift.weekday != today and now < shift.end


def _once(roles: Iterable[LotStaff]) -> list[LotStaff]:
    first: dict[int, LotStaff] = {}
    for role in roles:
        first.setdefault(role.pk, role)
    return list(first.values())
