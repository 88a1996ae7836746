"""An owner keeps a spot for themselves on the calendar page, and gives it back."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from berth.kernel.ids import uuid7
from lots.domain import occupancy
from lots.models import Lot, Occupancy
from lots.queries import is_idle
from tests.lots.making import make_listing, make_member, quarter

pytestmark = pytest.mark.django_db
CALENDAR = reverse("owner_calendar")
LOCAL = "%Y-%m-%dT%H:%M"


@pytest.fixture
def spot():
    return make_listing().spot


@pytest.fixture
def owner(client, spot):
    client.force_login(spot.owner)
    client.cookies["django_language"] = "en"
    return client


def keep(client, spot, start, end):
    times = {"start": start.astimezone(spot.lot.zone), "end": end.astimezone(spot.lot.zone)}
    return client.post(reverse("owner_use", args=[spot.pk]), {name: f"{at:{LOCAL}}" for name, at in times.items()})


def test_time_is_kept_shown_and_given_back(owner, spot):
    assert keep(owner, spot, quarter(60), quarter(180)).url == CALENDAR
    use = Occupancy.objects.get(kind="owner_use")
    assert (use.period.lower, use.period.upper) == (quarter(60), quarter(180))
    assert not is_idle(spot.pk, quarter(150), quarter(180))
    page = owner.get(CALENDAR).content.decode()
    assert page.count("You use it yourself") == 1
    assert owner.post(reverse("owner_use_end", args=[use.pk])).url == CALENDAR
    assert is_idle(spot.pk, quarter(60), quarter(180))
    assert "You use it yourself" not in owner.get(CALENDAR).content.decode()


def test_given_back_twice_changes_nothing_the_second_time(owner, spot):
    use = occupancy.owner_use(spot=spot, start=quarter(0), end=quarter(60), by=spot.owner)
    end = reverse("owner_use_end", args=[use])
    owner.post(end)
    occupancy.take(occupancy_id=uuid7(), spot_id=spot.pk, start=quarter(0), end=quarter(60), kind="booking")
    assert owner.post(end).status_code == 302
    assert not is_idle(spot.pk, quarter(0), quarter(60))


def test_given_back_half_way_keeps_what_has_passed(owner, spot):
    start = quarter(0)
    use = occupancy.owner_use(spot=spot, start=start, end=start + timedelta(hours=4), by=spot.owner)
    with time_machine.travel(start + timedelta(hours=1), tick=False):
        owner.post(reverse("owner_use_end", args=[use]))
        assert is_idle(spot.pk, start + timedelta(hours=1), start + timedelta(hours=4))
    assert Occupancy.objects.get(pk=use).period.upper == start + timedelta(hours=1)


def test_times_are_of_the_lot(owner, spot):
    Lot.objects.filter(pk=spot.lot_id).update(timezone="Europe/Berlin")
    owner.post(reverse("owner_use", args=[spot.pk]), {"start": "2999-01-05T10:00", "end": "2999-01-05T12:00"})
    assert Occupancy.objects.get().period.lower == datetime(2999, 1, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (60, 60, "The end must be after the start."),
        (120, 60, "The end must be after the start."),
        (-300, -60, "That time is over. Choose a later end."),
        (60, 60 * 24 * 400, "Keep the spot for a year at most. For longer, pause the listing."),
        (15, 90, "Somebody has booked part of that time. Choose a time around the booking."),
    ],
)
def test_time_that_cannot_be_kept_is_explained_and_stays_in_the_form(owner, spot, start, end, said):
    booked = occupancy.owner_use(spot=spot, start=quarter(60), end=quarter(120), by=spot.owner)
    response = keep(owner, spot, quarter(start), quarter(end))
    assert response.status_code == 422
    page = response.content.decode()
    assert said in page
    assert f'value="{quarter(start).astimezone(spot.lot.zone):{LOCAL}}"' in page
    assert list(Occupancy.objects.values_list("pk", flat=True)) == [booked]


@pytest.mark.parametrize("sent", [{}, {"start": "soon", "end": "later"}, {"start": "0001-01-01T00:00", "end": "x"}])
def test_what_is_no_time_is_explained_beside_its_field(owner, spot, sent):
    response = owner.post(reverse("owner_use", args=[spot.pk]), sent)
    assert response.status_code == 422
    assert "Enter day and time, for example" in response.content.decode()
    assert not Occupancy.objects.exists()


def test_another_members_spot_and_use_do_not_exist(client, spot):
    use = occupancy.owner_use(spot=spot, start=quarter(0), end=quarter(60), by=spot.owner)
    client.force_login(make_member())
    assert keep(client, spot, quarter(120), quarter(180)).status_code == 404
    assert client.post(reverse("owner_use_end", args=[use])).status_code == 404
    assert Occupancy.objects.get().state == "live"


def test_own_booking_of_the_spot_is_no_use_that_could_be_ended_here(owner, spot):
    booking = occupancy.owner_use(spot=spot, start=quarter(0), end=quarter(60), by=spot.owner)
    Occupancy.objects.filter(pk=booking).update(kind="booking")
    assert owner.post(reverse("owner_use_end", args=[booking])).status_code == 404
