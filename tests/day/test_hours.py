"""Hours that nobody waits for: a booking moved into the past is one whose time has gone by, for platform and lot."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from berth.day.hours import hours_pass
from hardware.models import Grant
from lots.domain.idle_check import check_idle_time
from lots.models import Occupancy
from tests.trading.making import make_confirmed
from trading.domain import bookings, timeline
from trading.models import Booking

pytestmark = pytest.mark.django_db


def test_booking_grant_and_spot_move_together() -> None:
    before = make_confirmed()
    grant = Grant.objects.get(subject_id=before.pk)
    steps: list[str] = []
    hours_pass(cast("Any", SimpleNamespace(booking_id=before.pk, step=steps.append)), hours=6)
    after, moved = Booking.objects.get(pk=before.pk), Grant.objects.get(pk=grant.pk)
    back = timedelta(hours=6)
    assert (before.start - after.start, before.end - after.end) == (back, back)
    assert (grant.valid_from - moved.valid_from, grant.valid_until - moved.valid_until) == (back, back)
    assert moved.revision > grant.revision
    row = Occupancy.objects.get(pk=after.occupancy_id)
    assert (row.period.lower, row.period.upper) == (after.start, after.end)
    assert check_idle_time() == []
    assert timeline.verify(after)
    assert steps == ["6 hours pass"]
    assert bookings.end_unused() == 1
