"""Invariant 6: a process killed at any point leaves a transition done or not begun, and a repeat completes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from berth.kernel.ids import uuid7
from tests.lots.making import make_member, quarter
from tests.trading.making import lot_event, make_confirmed, make_hold, make_offer, make_payment, make_vehicle
from trading.domain import bookings
from trading.domain.quotes import make_quote
from trading.models import Booking, Evidence

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
FEWEST_POINTS = 4


def deaths(verb: str, **arguments: Any) -> list[dict[str, Any]]:
    """What the database said after each child: killed ones first, the one that came to its end last."""
    database = connection.settings_dict
    login = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
        "DJANGO_SETTINGS_MODULE": "berth.settings",
        "DATABASE_URL": f"postgres://{login}/{database['NAME']}",
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
    }
    command = [sys.executable, "-m", "tests.trading.dying_process", verb, json.dumps(arguments)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def assert_all_or_nothing(children: list[dict[str, Any]]) -> dict[str, Any]:
    """Only two pictures of the database were ever seen: before and after; and the last child ended well."""
    *killed, last = children
    assert all(child["killed"] for child in killed)
    assert (last["killed"], last["code"]) == (False, 0)
    assert len(killed) >= FEWEST_POINTS
    pictures = [child["found"] for child in children]
    before, after = pictures[0], pictures[-1]
    changed_at = pictures.index(after)
    assert pictures == [before] * changed_at + [after] * (len(pictures) - changed_at)
    assert before != after
    assert after["chains"]
    return after


def test_hold() -> None:
    spot, renter = make_offer(), make_member()
    car, start = make_vehicle(renter), quarter()
    token = make_quote(spot=spot, start=start, end=start + timedelta(hours=2), member=renter).token
    after = assert_all_or_nothing(deaths("hold", id=str(uuid7()), renter=renter.pk, quote=token, vehicle=car.pk))
    assert (after["bookings"], after["occupancies"]) == (["held"], [["hold", "live"]])
    assert after["evidence"] == [["held", "plate_set"]]


def test_payment_confirms() -> None:
    payment = make_payment(make_hold())
    after = assert_all_or_nothing(deaths("receive", payment=str(payment.pk)))
    assert (after["bookings"], after["payments"], after["journal"]) == (["confirmed"], ["succeeded"], ["charge"])
    assert (after["grants"], after["messages"]) == ([["active", 1]], 2)


def test_late_payment_goes_back() -> None:
    booking = make_hold()
    payment = make_payment(booking)
    bookings.expire_holds(now=booking.end)
    make_hold(booking.spot, start=booking.start)
    after = assert_all_or_nothing(deaths("receive", payment=str(payment.pk)))
    assert (after["bookings"], after["refunds"]) == (["expired", "held"], [booking.amount_minor])


def test_expiry() -> None:
    booking = make_hold()
    after = assert_all_or_nothing(deaths("expire", now=booking.end.isoformat()))
    assert (after["bookings"], after["occupancies"]) == (["expired"], [["hold", "released"]])


def test_cancellation() -> None:
    booking = make_confirmed()
    after = assert_all_or_nothing(deaths("cancel", id=str(booking.pk), renter=booking.renter_id))
    assert (after["bookings"], after["refunds"]) == (["cancelled"], [booking.amount_minor])
    assert (after["grants"], after["occupancies"]) == ([["revoked", 2]], [["booking", "released"]])


def test_no_show() -> None:
    booking = make_confirmed()
    after = assert_all_or_nothing(deaths("end_unused", now=booking.end.isoformat()))
    assert (after["bookings"], after["journal"]) == (["no_show"], ["charge", "settlement"])


@pytest.mark.parametrize("kind", ["vehicle_entered", "vehicle_left"])
def test_lot_event(kind: str) -> None:
    booking = make_confirmed()
    plate = booking.vehicle.plate
    if kind == "vehicle_left":
        bookings.take_lot_event(lot_event(booking, "vehicle_entered", booking.start, 1, plate=plate))
    told = {"id": str(booking.pk), "lot": booking.lot.code, "sequence": 7, "kind": kind, "payload": {"plate": plate}}
    after = assert_all_or_nothing(deaths("tell", at=(booking.start + timedelta(hours=1)).isoformat(), **told))
    assert after["bookings"] == ["completed" if kind == "vehicle_left" else "active"]
    assert after["journal"] == (["charge", "settlement"] if kind == "vehicle_left" else ["charge"])
    assert Evidence.objects.filter(source__endswith=":7").count() == 1
    assert Booking.objects.count() == 1
