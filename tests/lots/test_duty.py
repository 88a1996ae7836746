"""Who is on duty: by shift in the lot's zone and by rank, then by word; and their PIN for the booth."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from berth.kernel import pins
from berth.kernel.errors import InvalidInput, NotAllowed
from lots.domain import duty
from lots.models import LotStaff
from lots.queries.duty import ladder, on_duty
from tests.lots.making import make_lot, make_member

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, tzinfo=ZoneInfo("Asia/Shanghai"))


def staff(lot, **values) -> LotStaff:
    return LotStaff.objects.create(lot=lot, member=make_member(), **values)


@pytest.mark.parametrize(
    ("hours", "there"),
    [(7.9, []), (8, ["day"]), (15.9, ["day"]), (16, []), (22, ["night"]), (24, ["night"]), (29.9, ["night"]), (30, [])],
)
def test_shifts_are_in_the_lots_zone_and_go_through_midnight(hours, there):
    lot = make_lot()
    people = {"day": staff(lot), "night": staff(lot)}
    people["day"].shifts.create(weekday=0, start=time(8), end=time(16))
    people["night"].shifts.create(weekday=0, start=time(22), end=time(6))
    assert on_duty(lot, MONDAY + timedelta(hours=hours)) == [people[name] for name in there]


def test_called_by_rank_then_whoever_says_so_then_managers_and_each_once():
    lot = make_lot(manager=make_member())
    boss, second, first, willing = (staff(lot, role="manager"), staff(lot), staff(lot), staff(lot, on_duty=True))
    for rank, person in ((2, second), (1, first), (3, boss)):
        person.shifts.create(weekday=0, start=time(0), end=time(0), rank=rank)
    staff(make_lot(), on_duty=True)
    assert on_duty(lot, MONDAY) == [first, second, boss, willing]
    assert ladder(lot, MONDAY) == [first.member, second.member, boss.member, willing.member, lot.manager]
    assert ladder(lot, MONDAY + timedelta(days=1)) == [willing.member, boss.member, lot.manager]


def test_who_has_left_the_house_is_not_called():
    lot = make_lot()
    gone = staff(lot, on_duty=True, role="manager")
    gone.member.is_active = False
    gone.member.save()
    assert ladder(lot, MONDAY) == []


def test_a_pin_is_kept_as_a_hash_alone():
    person = staff(make_lot())
    kept = duty.set_pin(lot=person.lot, by=person.member, pin="135790").pin
    assert "135790" not in kept
    assert [pins.check_pin(pin, kept) for pin in ("135790", "135791", "", "１３５７９０")] == [
        True,
        False,
        False,
        False,
    ]
    assert kept != duty.set_pin(lot=person.lot, by=person.member, pin="135790").pin


@pytest.mark.parametrize(
    "pin", ["", "12345", "123456", "890123", "654321", "111111", "121212", "1234567890123", "13579a"]
)
def test_a_pin_that_is_soon_guessed_is_refused(pin):
    person = staff(make_lot())
    with pytest.raises(InvalidInput):
        duty.set_pin(lot=person.lot, by=person.member, pin=pin)


def test_only_staff_of_the_lot_have_one():
    with pytest.raises(NotAllowed):
        duty.set_pin(lot=make_lot(), by=staff(make_lot()).member, pin="135790")


@pytest.mark.parametrize("stored", ["", "scrypt$$", "scrypt$zz$00", "md5$00$00", "a$b", "scrypt$00$漢"])
def test_a_hash_that_is_none_lets_nobody_in(stored):
    assert not pins.check_pin("135790", stored)
