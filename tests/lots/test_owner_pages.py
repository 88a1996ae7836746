"""Owners list, see and change their spots; another member's listing does not exist for them."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from berth.kernel import live
from berth.kernel.ids import uuid7
from lots.domain import listings, occupancy
from lots.models import Listing, ScheduleException
from lots.queries import is_idle
from tests.lots.making import make_listing, make_lot, make_member, make_spot, quarter

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
WORKDAYS = [(weekday, 510, 1080) for weekday in range(5)]


@pytest.fixture
def owner():
    return make_member(language="en")


@pytest.fixture
def mine(client, owner):
    client.force_login(owner)
    client.cookies["django_language"] = "en"
    return client


def new_form(own, **changes):
    return {
        "spot": own.pk,
        "hourly_price": "8",
        "day_cap": "50",
        "note": "near the lift",
        **week_form({"days": ["0", "1", "2", "3", "4"], "start": "08:30", "end": "18:00"}),
    } | changes


def week_form(*rows):
    data = {"week-TOTAL_FORMS": max(len(rows), 1), "week-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        data |= {f"week-{number}-{name}": value for name, value in row.items()}
    return data


def text(response):
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("name", ["owner_listings", "owner_listing_new", "owner_calendar"])
def test_pages_need_a_member(client, name):
    response = client.get(reverse(name))
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["owner_listings", "owner_listing_new", "owner_calendar"])
@pytest.mark.parametrize(
    ("language", "words"), [("en", "No spot is registered to you yet"), ("zh-hans", "还没有登记在您名下的车位")]
)
def test_member_without_a_spot_is_told_how_to_get_one_verified(mine, name, language, words):
    mine.cookies["django_language"] = language
    assert words in text(mine.get(reverse(name)))


def test_spot_is_offered_in_one_form_and_found_on_the_site(mine, owner):
    spot = make_spot(owner=owner, code="A-12")
    response = mine.get(reverse("owner_listing_new"), {"spot": spot.pk})
    assert "A-12" in text(response)
    response = mine.post(reverse("owner_listing_new"), new_form(spot), follow=True)
    listing = Listing.objects.get()
    assert response.redirect_chain == [(reverse("owner_listing", args=[listing.pk]), 302)]
    assert (listing.state, listing.hourly_price_minor, listing.day_cap_minor) == ("published", 800, 5000)
    assert list(listing.windows.values_list("weekday", "start_minute", "end_minute")) == WORKDAYS
    shown = text(response)
    assert "Mon–Fri 08:30–18:00" in shown
    assert f'href="{reverse("spot", args=[spot.lot.code, "A-12"])}"' in shown
    assert "on the site" in shown


def test_draft_is_saved_but_not_shown(mine, owner):
    mine.post(reverse("owner_listing_new"), new_form(make_spot(owner=owner), draft="1"))
    assert Listing.objects.get().state == "draft"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hourly_price": "0"}, "The price must be above zero."),
        ({"hourly_price": "-3"}, "The price must be above zero."),
        ({"hourly_price": "cheap"}, "Write the price as a number"),
        ({"hourly_price": "8.505"}, "no more than 2 decimal places"),
        ({"hourly_price": ""}, "This field is required."),
        ({"hourly_price": "NaN"}, "Write the price as a number"),
        ({"hourly_price": "1e9"}, "Ensure that there are no more than"),
        ({"day_cap": "7.99"}, "The day cap must be at least the price of one hour."),
        ({"note": "x" * 301}, "at most 300 characters"),
        ({"spot": "0"}, "Choose one of these spots."),
        ({"week-0-start": "25:00"}, "Write the time as 08:30."),
        ({"week-0-end": "24:01"}, "Write the time as 08:30."),
        ({"week-0-end": "08:30"}, "This is not after the start."),
        ({"week-0-end": ""}, "Until when is the spot idle?"),
        ({"week-0-days": []}, "Choose at least one day."),
        ({"week-0-start": "", "week-0-end": ""}, "Say first when your spot is idle."),
        ({"week-TOTAL_FORMS": "x"}, "ManagementForm data is missing"),
    ],
)
def test_wrong_form_is_answered_beside_its_field_and_saves_nothing(mine, owner, changes, words):
    response = mine.post(reverse("owner_listing_new"), new_form(make_spot(owner=owner), **changes))
    assert response.status_code == 422
    assert words in text(response)
    assert not Listing.objects.exists()


def test_overlapping_windows_are_answered_above_the_week(mine, owner):
    rows = week_form(
        {"days": ["0", "1"], "start": "08:00", "end": "12:00"}, {"days": ["1"], "start": "11:00", "end": "24:00"}
    )
    response = mine.post(reverse("owner_listing_new"), new_form(make_spot(owner=owner)) | rows)
    assert response.status_code == 422
    assert "Two times on the same weekday overlap." in text(response)


@pytest.mark.parametrize("typed", ["8:30", "0830", "08:30", "\uff10\uff18\uff1a\uff13\uff10", "8.30", " 08:30 "])
def test_times_are_read_as_people_type_them(mine, owner, typed):
    mine.post(
        reverse("owner_listing_new"), new_form(make_spot(owner=owner), **{"week-0-start": typed, "week-0-end": "24:00"})
    )
    assert set(Listing.objects.get().windows.values_list("start_minute", "end_minute")) == {(510, 1440)}


def test_spot_of_another_member_cannot_be_chosen(mine, owner):
    make_spot(owner=owner)
    other = make_spot()
    response = mine.post(reverse("owner_listing_new"), new_form(other))
    assert (response.status_code, Listing.objects.count()) == (422, 0)
    assert other.code not in text(mine.get(reverse("owner_listing_new"), {"spot": other.pk}))


def test_owner_whose_spots_are_all_offered_is_led_back(mine, owner):
    make_listing(make_spot(owner=owner))
    assert "All your spots are offered" in text(mine.get(reverse("owner_listing_new")))


def test_cards_show_spot_state_price_day_and_next_bookings(mine, owner):
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=SHANGHAI), tick=False):
        lot = make_lot()
        listing = make_listing(make_spot(lot, owner=owner, code="A-12"), windows=WORKDAYS, hourly_price_minor=850)
        make_spot(lot, owner=owner, code="A-13")
        start = datetime(2026, 11, 23, 12, tzinfo=SHANGHAI)
        occupancy.take(
            occupancy_id=uuid7(), spot_id=listing.spot_id, start=start, end=start + timedelta(hours=2), kind="booking"
        )
        shown = text(mine.get(reverse("owner_listings")))
    for words in ("A-12", "¥8.50", "on the site", "free 08:30–12:00, booked 12:00–14:00", "Mon–Fri 08:30–18:00"):
        assert words in shown
    assert "today 12:00–14:00" in shown
    assert "Offer A-13" in shown


@pytest.mark.parametrize("spots", [1, 3])
def test_cards_take_the_same_queries_for_one_spot_and_for_three(mine, owner, spots, django_assert_num_queries):
    for _ in range(spots):
        make_listing(make_spot(owner=owner))
    with django_assert_num_queries(9):
        mine.get(reverse("owner_listings"))


@pytest.mark.parametrize("spots", [1, 3])
def test_calendar_takes_the_same_queries_for_one_spot_and_for_three(mine, owner, spots, django_assert_num_queries):
    for _ in range(spots):
        make_listing(make_spot(owner=owner))
    with django_assert_num_queries(9):
        mine.get(reverse("owner_calendar"))


@pytest.mark.parametrize("week", ["2026-11-25", "nonsense", "0001-01-01", "9999-12-31", ""])
def test_calendar_shows_a_week_whatever_is_asked(mine, owner, week):
    make_listing(make_spot(owner=owner))
    assert mine.get(reverse("owner_calendar"), {"week": week}).status_code == 200


def test_calendar_shows_own_spots_alone(mine, owner):
    make_listing(make_spot(owner=owner, code="MINE-1"))
    make_listing(make_spot(code="THEIRS-1"))
    shown = text(mine.get(reverse("owner_calendar")))
    assert "MINE-1" in shown
    assert "THEIRS-1" not in shown


def test_week_is_changed(mine, owner):
    listing = make_listing(make_spot(owner=owner))
    response = mine.post(
        reverse("owner_listing_schedule", args=[listing.pk]),
        week_form({"days": ["5", "6"], "start": "9", "end": "24:00"}),
        follow=True,
    )
    assert "Sat–Sun 09:00–24:00" in text(response)
    assert listing.windows.count() == 2


def test_published_listing_is_not_left_without_times(mine, owner):
    listing = make_listing(make_spot(owner=owner))
    response = mine.post(reverse("owner_listing_schedule", args=[listing.pk]), week_form())
    assert response.status_code == 422
    assert "Say first when your spot is idle." in text(response)
    assert listing.windows.count() == 7


def test_exception_is_added_and_removed(mine, owner):
    listing = make_listing(make_spot(owner=owner))
    day = (timezone.now() + timedelta(days=5)).astimezone(SHANGHAI).date()
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)
    response = mine.post(
        reverse("owner_listing_exception", args=[listing.pk]),
        {"date": day.isoformat(), "kind": "closed", "start": "", "end": "", "reason": "guests"},
        follow=True,
    )
    assert "all day" in text(response)
    assert "guests" in text(response)
    assert not is_idle(listing.spot_id, noon, noon + timedelta(hours=1))
    exception = ScheduleException.objects.get()
    mine.post(reverse("owner_listing_exception_remove", args=[listing.pk, exception.pk]))
    assert is_idle(listing.spot_id, noon, noon + timedelta(hours=1))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"date": "2020-01-01"}, "That time is past."),
        ({"date": "tomorrow"}, "Choose a date."),
        ({"date": ""}, "Choose a date."),
        ({"kind": "perhaps"}, "Select a valid choice."),
        ({"start": "12:00", "end": "11:00"}, "The end must be after the start"),
        ({"start": "99"}, "Write the time as 08:30."),
    ],
)
def test_wrong_exception_is_answered_beside_its_field(mine, owner, changes, words):
    listing = make_listing(make_spot(owner=owner))
    day = (timezone.now() + timedelta(days=5)).date().isoformat()
    sent = {"date": day, "kind": "closed", "start": "", "end": "", "reason": ""} | changes
    response = mine.post(reverse("owner_listing_exception", args=[listing.pk]), sent)
    assert response.status_code == 422
    assert words in text(response)
    assert not ScheduleException.objects.exists()


def test_price_is_changed_for_bookings_from_now_on(mine, owner):
    listing = make_listing(make_spot(owner=owner))
    response = mine.post(
        reverse("owner_listing_price", args=[listing.pk]),
        {"hourly_price": "12.5", "day_cap": "", "note": ""},
        follow=True,
    )
    assert "¥12.50" in text(response)
    listing.refresh_from_db()
    assert (listing.hourly_price_minor, listing.day_cap_minor) == (1250, None)


def test_wrong_price_keeps_the_old_one(mine, owner):
    listing = make_listing(make_spot(owner=owner))
    response = mine.post(reverse("owner_listing_price", args=[listing.pk]), {"hourly_price": "0", "day_cap": ""})
    assert response.status_code == 422
    listing.refresh_from_db()
    assert listing.hourly_price_minor == 800


def test_listing_is_paused_published_and_withdrawn(mine, owner):
    listing = make_listing(make_spot(owner=owner))
    address = reverse("owner_listing_state", args=[listing.pk])
    assert "paused" in text(mine.post(address, {"change": "pause"}, follow=True))
    assert "on the site" in text(mine.post(address, {"change": "publish"}, follow=True))
    response = mine.post(address, {"change": "withdraw"}, follow=True)
    assert response.redirect_chain[0][0] == reverse("owner_listings")
    listing.refresh_from_db()
    assert listing.state == "withdrawn"
    assert mine.get(reverse("owner_listing", args=[listing.pk])).status_code == 404


def test_illegal_change_of_state_is_told_and_changes_nothing(mine, owner):
    listing = make_listing(make_spot(owner=owner), windows=[], published=False)
    address = reverse("owner_listing_state", args=[listing.pk])
    assert "Say first when your spot is idle." in text(mine.post(address, {"change": "publish"}, follow=True))
    assert mine.post(address, {"change": "burn"}).status_code == 404
    listing.refresh_from_db()
    assert listing.state == "draft"


def test_sick_spot_says_why_it_is_hidden(mine, owner):
    listing = make_listing(make_spot(owner=owner))
    listings.mark_sick(spot=listing.spot, since=timezone.now())
    assert "hidden: its lock reports a fault" in text(mine.get(reverse("owner_listing", args=[listing.pk])))


CHANGES = [
    ("owner_listing_schedule", week_form({"days": ["5"], "start": "9", "end": "12"})),
    ("owner_listing_exception", {"date": "2027-01-01", "kind": "closed"}),
    ("owner_listing_price", {"hourly_price": "1"}),
    ("owner_listing_state", {"change": "withdraw"}),
]


@pytest.mark.parametrize(("name", "sent"), CHANGES)
def test_another_members_listing_cannot_be_changed(mine, name, sent):
    listing = make_listing()
    assert mine.post(reverse(name, args=[listing.pk]), sent).status_code == 404
    before = listing.updated_at
    listing.refresh_from_db()
    assert (listing.updated_at, listing.windows.count(), listing.exceptions.count()) == (before, 7, 0)


@pytest.mark.parametrize("name", ["owner_listing", "owner_listing_week"])
def test_another_members_listing_cannot_be_seen(mine, name):
    assert mine.get(reverse(name, args=[make_listing().pk])).status_code == 404


def test_week_follows_the_spot_while_the_page_is_open(mine, owner):
    listing = make_listing(make_spot(owner=owner))
    shown = text(mine.get(reverse("owner_listing", args=[listing.pk])))
    assert f'hx-get="{reverse("owner_listing_week", args=[listing.pk])}?week=' in shown
    token = re.search(r'sse-connect="[^"]*token=([^"]+)"', shown)[1]
    assert live.channels_of(token) == [f"spots.{listing.spot.lot.code}"]
    part = text(mine.get(reverse("owner_listing_week", args=[listing.pk])))
    assert "Next bookings" in part
    assert "<html" not in part


def test_all_faults_of_a_form_are_told_at_once(mine, owner):
    changes = {"hourly_price": "0", "week-0-end": "7", "spot": "0"}
    shown = text(mine.post(reverse("owner_listing_new"), new_form(make_spot(owner=owner), **changes)))
    for words in ("The price must be above zero.", "This is not after the start.", "Choose one of these spots."):
        assert words in shown


def test_another_members_exception_cannot_be_removed(mine, owner):
    theirs, own = make_listing(), make_listing(make_spot(owner=owner))
    day = (timezone.now() + timedelta(days=5)).date()
    exception = listings.add_exception(listing=theirs, day=day, kind="closed", by=theirs.owner)
    mine.post(reverse("owner_listing_exception_remove", args=[theirs.pk, exception.pk]))
    mine.post(reverse("owner_listing_exception_remove", args=[own.pk, exception.pk]))
    assert theirs.exceptions.count() == 1


@pytest.mark.parametrize("name", [name for name, _ in CHANGES])
def test_changes_are_made_by_post_alone(mine, owner, name):
    listing = make_listing(make_spot(owner=owner))
    assert mine.get(reverse(name, args=[listing.pk])).status_code == 405


def test_pages_speak_chinese(mine, owner):
    with override("zh-hans"):
        listing = make_listing(make_spot(owner=owner), windows=WORKDAYS)
    mine.cookies["django_language"] = "zh-hans"
    shown = text(mine.get(reverse("owner_listing", args=[listing.pk])))
    assert "周一至周五 08:30–18:00" in shown
    assert "在网站上查看" in shown


def test_booked_quarter_is_seen_in_the_week(mine, owner):
    listing = make_listing(make_spot(owner=owner))
    occupancy.take(occupancy_id=uuid7(), spot_id=listing.spot_id, start=quarter(0), end=quarter(60), kind="booking")
    assert "booked" in text(mine.get(reverse("owner_listing", args=[listing.pk])))
