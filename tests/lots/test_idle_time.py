"""Idle time equals schedule less occupancies, after any history."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis.extra.django import TestCase

from lots.domain import idle_time, listings, occupancy
from lots.domain.idle_check import check_idle_time
from lots.models import IdleTime
from lots.tasks import check_idle_time as nightly_check
from lots.tasks import roll_idle_time
from tests.lots.histories import HISTORIES, NOW, History
from tests.lots.making import make_listing, make_spot, quarter

SHANGHAI = ZoneInfo("Asia/Shanghai")
WORKDAYS = [(weekday, 510, 1080) for weekday in range(5)]
QUARTER = timedelta(minutes=15)


def forget(spot_id):
    """Spoil the stored row behind the domain's back."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE lots_idletime SET idle = '{}' WHERE spot_id = %s", [spot_id])


@pytest.mark.django_db
def test_idle_time_reaches_sixty_whole_days_ahead():
    spot = make_listing().spot
    today = timezone.now().astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    assert idle_time.stored(spot.pk) == [(today, today + timedelta(days=61))]


@pytest.mark.django_db
def test_idle_time_of_a_draft_is_known_but_not_listed():
    spot = make_listing(published=False).spot
    assert idle_time.stored(spot.pk) != []
    assert not IdleTime.objects.get(pk=spot.pk).listed


@pytest.mark.django_db
def test_occupancy_from_before_the_listing_is_cut_out():
    spot = make_spot()
    occupancy.owner_use(spot=spot, start=quarter(0), end=quarter(60), by=spot.owner)
    make_listing(spot)
    assert check_idle_time() == []
    assert idle_time.stored(spot.pk)[1][0] == quarter(60)


@pytest.mark.django_db
def test_withdrawn_spot_has_no_idle_time():
    listing = make_listing()
    listings.withdraw(listing=listing, by=listing.owner)
    assert not IdleTime.objects.filter(pk=listing.spot_id).exists()
    assert check_idle_time() == []


@pytest.mark.django_db
def test_roll_adds_a_day_and_drops_the_past_only_when_a_day_has_begun():
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=SHANGHAI), tick=False) as clock:
        spot = make_listing(windows=[(weekday, 510, 1080) for weekday in range(7)]).spot
        before = idle_time.stored(spot.pk)
        roll_idle_time()
        assert idle_time.stored(spot.pk) == before
        clock.move_to(datetime(2026, 11, 24, 0, 1, tzinfo=SHANGHAI))
        assert idle_time.roll(now=timezone.now()) == 1
        assert idle_time.roll(now=timezone.now()) == 0
        after = idle_time.stored(spot.pk)
        assert after[:-1] == before[1:]
        assert after[-1][0] == datetime(2027, 1, 23, 8, 30, tzinfo=SHANGHAI)


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["idle", "missing", "stray", "price_minor", "listed"])
def test_checker_finds_and_mends_each_fault(fault):
    listing = make_listing()
    spot_id = listing.spot_id
    spoil = {
        "idle": lambda: forget(spot_id),
        "missing": lambda: IdleTime.objects.all().delete(),
        "stray": lambda: type(listing).objects.update(state="withdrawn"),
        "price_minor": lambda: IdleTime.objects.update(price_minor=1),
        "listed": lambda: IdleTime.objects.update(listed=False),
    }
    spoil[fault]()
    assert [difference.fault for difference in check_idle_time()] == [fault]
    assert [difference.fault for difference in check_idle_time(repair=True)] == [fault]
    assert check_idle_time() == []


@pytest.mark.django_db
def test_command_fails_on_differences_and_repairs_them(capsys):
    spot = make_listing().spot
    call_command("check_idle_time")
    assert capsys.readouterr().out == "idle time is true\n"
    forget(spot.pk)
    with pytest.raises(CommandError, match="1 differences"):
        call_command("check_idle_time")
    call_command("check_idle_time", "--repair")
    call_command("check_idle_time")
    assert capsys.readouterr().out.endswith("repaired\nidle time is true\n")


@pytest.mark.django_db
def test_nightly_check_mends_and_tells(caplog):
    spot = make_listing().spot
    forget(spot.pk)
    nightly_check()
    assert "was wrong (idle)" in caplog.text
    assert check_idle_time() == []


class TestHistories(TestCase):
    """Random histories: what is stored equals, to the minute, what the clock on the wall says (`make soak-idle`)."""

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(HISTORIES)
    def test_idle_time_equals_the_oracle_after_any_history(self, drawn):
        zone, history = drawn
        with time_machine.travel(NOW[zone], tick=False) as clock:
            told = History(zone, clock)
            for step in history:
                told.perform(*step)
            assert told.painted() == told.oracle()
            assert check_idle_time() == []
