"""Phone as key: the renter alone, with a live grant, once a tap; written down; nothing for anybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from berth.kernel.errors import Conflict
from hardware.domain import commands, grants
from hardware.models import Controller, Grant, LockCommand, SpotLock
from tests.lots.making import make_member
from tests.operations.conftest import signed_in
from tests.trading.making import make_confirmed
from trading.domain import bookings
from trading.models import Booking, Evidence

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking():
    """Confirmed, and its car has just come in."""
    made = make_confirmed()
    now = timezone.now()
    Grant.objects.filter(subject_id=made.pk).update(valid_from=now - timedelta(minutes=5))
    Booking.objects.filter(pk=made.pk).update(state="active")
    made.refresh_from_db()
    plan = made.spot.floor_plan
    controller = Controller.objects.create(lot=made.lot, floor_plan=plan, code="C1", label_zh="一号", address=1)
    SpotLock.objects.create(spot=made.spot, controller=controller, unit=1, acknowledged="raised")
    return made


def address(booking):
    return f"/bookings/{booking.pk}/open/"


def test_tap_orders_the_lock_once_and_is_on_the_timeline_with_what_came_of_it(booking):
    renter = signed_in(booking.renter)
    assert address(booking) in renter.get(f"/bookings/{booking.pk}/now/").content.decode()
    for _ in range(2):
        assert renter.post(address(booking))["Location"] == f"/bookings/{booking.pk}/"
    command = LockCommand.objects.get()
    assert (command.kind, command.spot, command.requested_by) == ("unlock", booking.spot, booking.renter)
    assert command.grant.subject_id == booking.pk
    commands.take_result(
        lot_id=booking.lot_id, command_id=command.pk, outcome="done", detail="opened", at=timezone.now()
    )
    lines = Evidence.objects.filter(booking=booking, kind="phone_key").order_by("position")
    assert [(line.payload["state"], line.payload["result"]) for line in lines] == [("sent", ""), ("done", "opened")]
    assert Evidence.objects.filter(booking=booking, kind="override").count() == 0


def test_nobody_else_opens_it(booking):
    stranger = signed_in(make_member())
    assert stranger.post(address(booking)).status_code == 404
    assert stranger.get(address(booking)).status_code == 405
    assert LockCommand.objects.count() == 0


@pytest.mark.parametrize("change", ["revoked", "ended", "lockless"])
def test_without_a_live_grant_or_a_lock_nothing_opens(booking, change):
    if change == "revoked":
        grants.revoke(subject_id=booking.pk)
    elif change == "ended":
        ended = timezone.now() - timedelta(minutes=1)
        Grant.objects.filter(subject_id=booking.pk).update(valid_from=ended - timedelta(hours=1), valid_until=ended)
    else:
        SpotLock.objects.all().delete()
    with pytest.raises(Conflict):
        bookings.open_lock(booking_id=booking.pk, renter=booking.renter)
    page = signed_in(booking.renter).get(f"/bookings/{booking.pk}/now/").content.decode()
    assert address(booking) not in page


@pytest.mark.parametrize("found", [{"acknowledged": "lowered"}, {"vehicle_present": True}, {"acknowledged": "offline"}])
def test_button_is_not_offered_where_nothing_would_move(booking, found):
    assert address(booking) in signed_in(booking.renter).get(f"/bookings/{booking.pk}/now/").content.decode()
    SpotLock.objects.update(**found)
    assert address(booking) not in signed_in(booking.renter).get(f"/bookings/{booking.pk}/now/").content.decode()
