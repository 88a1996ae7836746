"""Listings: what an owner may do, what is refused and how it is said."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from berth.kernel.ids import uuid7
from lots.domain import listings, occupancy
from lots.domain.idle_check import check_idle_time
from lots.models import IdleTime, Listing, Occupancy, ScheduleException, WeeklyWindow
from lots.queries import is_idle
from tests.lots.making import ALWAYS, make_listing, make_member, make_spot, quarter

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


def create(spot, **values):
    given = {"hourly_price_minor": 800, "windows": ALWAYS, "by": spot.owner}
    return listings.create_listing(spot=spot, **given | values)


def today():
    return timezone.now().astimezone(SHANGHAI).date()


def test_new_listing_is_a_draft_with_its_week():
    listing = create(make_spot(), day_cap_minor=5000, note="B1, 靠电梯", windows=[(0, 510, 1080), (0, 1200, 1440)])
    assert listing.state == "draft"
    assert (listing.hourly_price_minor, listing.day_cap_minor, listing.note) == (800, 5000, "B1, 靠电梯")
    assert list(listing.windows.values_list("weekday", "start_minute", "end_minute")) == [
        (0, 510, 1080),
        (0, 1200, 1440),
    ]
    assert check_idle_time() == []


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"hourly_price_minor": 0}, "price_not_positive", "hourly_price_minor"),
        ({"hourly_price_minor": -100}, "price_not_positive", "hourly_price_minor"),
        ({"hourly_price_minor": 10_000_001}, "price_too_high", "hourly_price_minor"),
        ({"day_cap_minor": 799}, "cap_below_an_hour", "day_cap_minor"),
        ({"day_cap_minor": 0}, "cap_below_an_hour", "day_cap_minor"),
        ({"day_cap_minor": 10**12}, "cap_too_high", "day_cap_minor"),
        ({"note": "x" * 301}, "note_too_long", "note"),
        ({"windows": [(0, 600, 660), (0, 650, 700)]}, "windows_overlap", "windows"),
        ({"windows": [(0, 650, 700), (0, 600, 1440)]}, "windows_overlap", "windows"),
        ({"windows": [(0, 600, 600)]}, "times_inverted", "windows"),
        ({"windows": [(0, 700, 600)]}, "times_inverted", "windows"),
        ({"windows": [(0, -1, 600)]}, "times_inverted", "windows"),
        ({"windows": [(0, 0, 1441)]}, "times_inverted", "windows"),
        ({"windows": [(7, 0, 600)]}, "weekday_unknown", "windows"),
        ({"windows": [(0, n, n + 1) for n in range(85)]}, "windows_too_many", "windows"),
    ],
)
def test_wrong_values_are_refused_beside_their_field(values, code, field):
    spot = make_spot()
    with pytest.raises(InvalidInput, match=code) as refusal:
        create(spot, **values)
    assert list(refusal.value.fields) == [field]
    assert not Listing.objects.exists()


def test_cap_of_exactly_an_hour_and_touching_windows_are_fine():
    listing = create(make_spot(), day_cap_minor=800, windows=[(0, 0, 600), (0, 600, 1440)])
    assert listing.windows.count() == 2


def test_spot_of_another_member_cannot_be_listed():
    with pytest.raises(NotAllowed, match="not_your_spot"):
        create(make_spot(), by=make_member())


def test_second_listing_of_a_spot_is_refused_until_the_first_is_withdrawn():
    spot = make_spot()
    first = create(spot)
    with pytest.raises(Conflict, match="listing_exists"):
        create(spot)
    listings.withdraw(listing=first, by=spot.owner)
    assert create(spot).pk != first.pk


CHANGES = {
    "set_schedule": lambda listing, by: listings.set_schedule(listing=listing, windows=ALWAYS, by=by),
    "add_exception": lambda listing, by: listings.add_exception(
        listing=listing, day=today() + timedelta(days=1), kind="closed", by=by
    ),
    "remove_exception": lambda listing, by: listings.remove_exception(listing=listing, exception_id=1, by=by),
    "set_price": lambda listing, by: listings.set_price(
        listing=listing, hourly_price_minor=900, day_cap_minor=None, by=by
    ),
    "publish": lambda listing, by: listings.publish(listing=listing, by=by),
    "pause": lambda listing, by: listings.pause(listing=listing, by=by),
    "withdraw": lambda listing, by: listings.withdraw(listing=listing, by=by),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_another_member_may_change_nothing(change):
    listing = make_listing()
    with pytest.raises(NotAllowed, match="not_your_listing"):
        change(listing, make_member())


@pytest.mark.parametrize("name", [name for name in CHANGES if name != "withdraw"])
def test_withdrawn_listing_is_final(name):
    listing = make_listing()
    listings.withdraw(listing=listing, by=listing.owner)
    with pytest.raises(Conflict, match="listing_withdrawn"):
        CHANGES[name](listing, listing.owner)
    assert listings.withdraw(listing=listing, by=listing.owner).state == "withdrawn"


def test_states_change_only_as_the_table_says():
    draft = make_listing(published=False)
    with pytest.raises(Conflict, match="listing_state"):
        listings.pause(listing=draft, by=draft.owner)
    published = listings.publish(listing=draft, by=draft.owner)
    assert listings.publish(listing=published, by=draft.owner).state == "published"
    assert listings.pause(listing=published, by=draft.owner).state == "paused"
    assert not IdleTime.objects.get().listed
    assert listings.publish(listing=published, by=draft.owner).state == "published"
    assert IdleTime.objects.get().listed


def test_listing_without_idle_time_is_not_published():
    listing = make_listing(windows=[], published=False)
    with pytest.raises(InvalidInput, match="no_idle_time"):
        listings.publish(listing=listing, by=listing.owner)
    listings.add_exception(listing=listing, day=today() + timedelta(days=3), kind="open", by=listing.owner)
    assert listings.publish(listing=listing, by=listing.owner).state == "published"


def test_published_listing_keeps_some_idle_time():
    listing = make_listing()
    with pytest.raises(InvalidInput, match="no_idle_time"):
        listings.set_schedule(listing=listing, windows=[], by=listing.owner)
    assert listing.windows.count() == 7


def test_new_owner_of_a_spot_ends_the_old_ones_right_to_publish():
    listing = make_listing(published=False)
    spot, owner = listing.spot, listing.owner
    spot.owner = make_member()
    spot.save()
    with pytest.raises(NotAllowed):
        listings.publish(listing=listing, by=owner)


def test_price_change_reaches_the_search_and_keeps_the_note():
    listing = make_listing()
    listings.set_price(listing=listing, hourly_price_minor=1000, day_cap_minor=6000, by=listing.owner, note="近电梯")
    listings.set_price(listing=listing, hourly_price_minor=1200, day_cap_minor=None, by=listing.owner)
    listing.refresh_from_db()
    assert (listing.hourly_price_minor, listing.day_cap_minor, listing.note) == (1200, None, "近电梯")
    assert IdleTime.objects.get().price_minor == 1200


def test_booking_made_is_not_touched_by_any_change():
    listing = make_listing()
    occupancy.take(occupancy_id=uuid7(), spot_id=listing.spot_id, start=quarter(60), end=quarter(120), kind="booking")
    before = Occupancy.objects.values().get()
    listings.set_schedule(listing=listing, windows=[(0, 0, 15)], by=listing.owner)
    listings.add_exception(listing=listing, day=today() + timedelta(days=1), kind="closed", by=listing.owner)
    listings.pause(listing=listing, by=listing.owner)
    listings.withdraw(listing=listing, by=listing.owner)
    assert Occupancy.objects.values().get() == before


def test_closed_exception_closes_and_its_removal_opens_again():
    listing = make_listing()
    day = today() + timedelta(days=2)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)
    exception = listings.add_exception(
        listing=listing, day=day, kind="closed", start_minute=600, end_minute=840, by=listing.owner, reason="家里来客人"
    )
    assert not is_idle(listing.spot_id, noon, noon + timedelta(hours=1))
    listings.remove_exception(listing=listing, exception_id=exception.pk, by=listing.owner)
    assert is_idle(listing.spot_id, noon, noon + timedelta(hours=1))
    listings.remove_exception(listing=listing, exception_id=exception.pk, by=listing.owner)


def test_exception_of_another_listing_is_not_removed():
    mine, other = make_listing(), make_listing()
    exception = listings.add_exception(listing=other, day=today() + timedelta(days=1), kind="closed", by=other.owner)
    listings.remove_exception(listing=mine, exception_id=exception.pk, by=mine.owner)
    assert ScheduleException.objects.filter(pk=exception.pk).exists()


@pytest.mark.parametrize(
    ("days", "start", "end", "code"),
    [
        (-1, 0, 1440, "exception_past"),
        (0, 0, 600, "exception_past"),
        (367, 0, 1440, "exception_too_far"),
        (1, 700, 600, "times_inverted"),
        (2, 500, 700, "exceptions_overlap"),
        (2, 0, 1440, "exceptions_overlap"),
    ],
)
def test_wrong_exceptions_are_refused(days, start, end, code):
    with time_machine.travel(datetime(2026, 11, 23, 10, tzinfo=SHANGHAI), tick=False):
        listing = make_listing()
        add = {"listing": listing, "by": listing.owner, "kind": "closed"}
        listings.add_exception(day=date(2026, 11, 25), start_minute=600, end_minute=660, **add)
        with pytest.raises(InvalidInput, match=code):
            listings.add_exception(
                day=date(2026, 11, 23) + timedelta(days=days), start_minute=start, end_minute=end, **add
            )
        assert ScheduleException.objects.count() == 1


def test_exception_of_today_that_is_still_running_is_fine():
    with time_machine.travel(datetime(2026, 11, 23, 10, tzinfo=SHANGHAI), tick=False):
        listing = make_listing()
        listings.add_exception(
            listing=listing, day=date(2026, 11, 23), kind="closed", start_minute=0, end_minute=601, by=listing.owner
        )


def test_exception_of_an_unknown_kind_is_refused():
    listing = make_listing()
    with pytest.raises(InvalidInput, match="exception_kind"):
        listings.add_exception(listing=listing, day=today(), kind="perhaps", by=listing.owner)


def test_database_refuses_what_the_rules_refuse():
    listing = make_listing(windows=[(0, 600, 700)])
    day = today() + timedelta(days=1)
    ScheduleException.objects.create(listing=listing, date=day, kind="closed", start_minute=600, end_minute=700)
    wrong = {
        "weekly_windows_apart": WeeklyWindow(listing=listing, weekday=0, start_minute=650, end_minute=800),
        "weekly_window_within_a_day": WeeklyWindow(listing=listing, weekday=1, start_minute=800, end_minute=800),
        "schedule_exceptions_apart": ScheduleException(
            listing=listing, date=day, kind="open", start_minute=699, end_minute=800
        ),
        "one_listing_per_spot": Listing(spot=listing.spot, owner=listing.owner, hourly_price_minor=1),
        "listing_price_positive": Listing(spot=make_spot(), owner=listing.owner, hourly_price_minor=0),
        "listing_cap_at_least_an_hour": Listing(
            spot=make_spot(), owner=listing.owner, hourly_price_minor=10, day_cap_minor=9
        ),
    }
    for constraint, row in wrong.items():
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            row.save()


def test_sickness_keeps_its_first_time_and_bookings():
    listing = make_listing()
    first = timezone.now()
    listings.mark_sick(spot=listing.spot, since=first)
    listings.mark_sick(spot=listing.spot, since=first + timedelta(hours=1))
    listing.spot.refresh_from_db()
    assert listing.spot.sick_since == first
    assert not IdleTime.objects.get().listed
    listings.pause(listing=listing, by=listing.owner)
    listings.mark_healthy(spot=listing.spot)
    assert not IdleTime.objects.get().listed
    assert check_idle_time() == []


def test_sick_spot_without_a_listing_is_only_noted():
    spot = make_spot()
    listings.mark_sick(spot=spot, since=timezone.now())
    spot.refresh_from_db()
    assert spot.sick_since is not None
    assert not IdleTime.objects.exists()
