"""Notice, lengths, time between bookings and public holidays: domain, page, API and search say the same."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse

from berth.kernel.errors import InvalidInput
from berth.kernel.ids import uuid7
from lots.domain import calendar, idle_time, listings, maintenance, occupancy
from lots.domain.holidays import weekday_of
from lots.domain.idle_check import check_idle_time
from lots.domain.listing_rules import BookingRules
from lots.models import CalendarDay, IdleTime, Listing, Occupancy
from lots.queries import is_idle, lot_availability, search_spots
from tests.lots.making import make_listing, make_lot, make_member, make_spot, quarter
from trading.domain.quotes import make_quote

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
JSON = "application/json"
WORKDAYS = [(weekday, 510, 1080) for weekday in range(5)]
WEEKEND = [(5, 600, 720), (6, 840, 960)]
USUAL = BookingRules("as_usual", 0, 30, 43_200, 0)


def rules(**changes):
    return BookingRules(**({name: getattr(USUAL, name) for name in USUAL.__slots__} | changes))


def with_rules(listing=None, **changes):
    listing = listing or make_listing()
    return listings.set_booking_rules(listing=listing, rules=rules(**changes), by=listing.owner)


def local_day(listing, day):
    """The idle times of a local date, as pairs of hours."""
    start = datetime.combine(day, datetime.min.time(), SHANGHAI)
    found = idle_time.derive(listing, start, start + timedelta(days=1))
    return [tuple((at - start) / timedelta(hours=1) for at in piece) for piece in found]


@pytest.mark.parametrize(
    ("day", "kind", "rule", "expected"),
    [
        (date(2026, 10, 1), None, "not_idle", 3),
        (date(2026, 10, 1), "off", "as_usual", 3),
        (date(2026, 10, 1), "off", "as_weekend", 6),
        (date(2026, 10, 1), "off", "not_idle", None),
        (date(2026, 10, 3), "off", "as_weekend", 5),
        (date(2026, 10, 10), "work", "as_usual", 5),
        (date(2026, 10, 10), "work", "as_weekend", 4),
        (date(2026, 9, 20), "work", "not_idle", 0),
    ],
)
def test_date_takes_the_times_of_a_weekday(day, kind, rule, expected):
    assert weekday_of(day, {day: kind} if kind else {}, rule) == expected


@pytest.mark.parametrize(
    ("rule", "holiday", "made_up"),
    [("as_usual", [(8.5, 18)], [(10, 12)]), ("as_weekend", [(14, 16)], [(8.5, 18)]), ("not_idle", [], [(8.5, 18)])],
)
def test_national_day_2026_and_its_made_up_saturday(rule, holiday, made_up):
    calendar.load("CN")
    with time_machine.travel(datetime(2026, 9, 28, 12, tzinfo=SHANGHAI), tick=False):
        listing = with_rules(make_listing(windows=WORKDAYS + WEEKEND), holidays=rule)
        assert local_day(listing, date(2026, 10, 1)) == holiday
        assert local_day(listing, date(2026, 10, 10)) == made_up
        listings.add_exception(
            listing=listing, day=date(2026, 10, 1), kind="open", start_minute=0, end_minute=60, by=listing.owner
        )
        assert local_day(listing, date(2026, 10, 1)) == [(0, 1), *holiday]
        assert check_idle_time() == []


def test_shipped_calendar_is_loaded_once_and_keeps_what_staff_changed(capsys):
    CalendarDay.objects.filter(date__year=2026).delete()
    CalendarDay.objects.update_or_create(
        region="CN", date=date(2026, 10, 7), defaults={"kind": "work", "name_zh": "改"}
    )
    call_command("load_calendar")
    call_command("load_calendar")
    assert capsys.readouterr().out.endswith("\n0 dates added\n")
    assert CalendarDay.objects.get(date=date(2026, 10, 7)).kind == "work"
    days = CalendarDay.objects.filter(date__year=2026)
    assert (days.filter(kind="off").count(), days.filter(kind="work").count()) == (32, 7)


def test_change_of_the_calendar_in_the_admin_moves_idle_time(
    admin_client, django_capture_on_commit_callbacks, settings
):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=SHANGHAI), tick=False):
        follower, other = with_rules(holidays="not_idle"), with_rules()
        noon = datetime(2026, 11, 25, 4, tzinfo=UTC)
        form = {"region": "CN", "date": "2026-11-25", "kind": "off", "name_zh": "测试", "name_en": "", "source": ""}
        with django_capture_on_commit_callbacks(execute=True):
            response = admin_client.post(reverse("admin:lots_calendarday_add"), form)
        assert response.status_code == 302
        calendar.follow("CN")
        assert not is_idle(follower.spot_id, noon, noon + timedelta(hours=1))
        assert is_idle(other.spot_id, noon, noon + timedelta(hours=1))
        assert check_idle_time() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"holidays": "never"}, "holidays"),
        ({"notice_minutes": -15}, "notice_minutes"),
        ({"notice_minutes": 10}, "notice_minutes"),
        ({"notice_minutes": 20_000}, "notice_minutes"),
        ({"shortest_minutes": 15}, "shortest_minutes"),
        ({"shortest_minutes": 120, "longest_minutes": 60}, "longest_minutes"),
        ({"longest_minutes": 50_000}, "longest_minutes"),
        ({"buffer_minutes": 7}, "buffer_minutes"),
        ({"buffer_minutes": 300}, "buffer_minutes"),
    ],
)
def test_odd_rules_are_refused_beside_their_field_by_domain_and_api(client, changes, field):
    listing = make_listing()
    with pytest.raises(InvalidInput) as refused:
        with_rules(listing, **changes)
    assert list(refused.value.fields) == [field]
    client.force_login(listing.owner)
    sent = {name: getattr(rules(**changes), name) for name in USUAL.__slots__}
    response = client.put(reverse("api_listing_rules", args=[listing.pk]), sent, JSON)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


def found(start, end):
    results = search_spots(latitude=23.12, longitude=113.32, radius_m=500, start=start, end=end)
    return sum(result.count for result in results)


def test_search_lot_page_and_quote_leave_out_what_the_rules_do_not_allow():
    listing = with_rules(notice_minutes=120, shortest_minutes=60, longest_minutes=240)
    lot = listing.spot.lot
    for start, minutes, allowed in [(105, 60, 0), (120, 60, 1), (120, 45, 0), (120, 240, 1), (120, 255, 0)]:
        begin, end = quarter(start), quarter(start + minutes)
        assert found(begin, end) == allowed
        assert [state.free for state in lot_availability(lot, begin, end)] == [bool(allowed)]
        if not allowed:
            with pytest.raises(InvalidInput, match="period_unsuited"):
                make_quote(spot=listing.spot, start=begin, end=end, member=None)


def test_time_between_bookings_is_kept_free_and_given_back():
    listing = with_rules(buffer_minutes=30)
    before, booking = idle_time.stored(listing.spot_id), uuid7()
    assert occupancy.take(
        occupancy_id=booking, spot_id=listing.spot_id, start=quarter(60), end=quarter(120), kind="booking"
    )
    assert is_idle(listing.spot_id, quarter(0), quarter(30))
    assert not is_idle(listing.spot_id, quarter(0), quarter(45))
    assert not is_idle(listing.spot_id, quarter(135), quarter(180))
    assert check_idle_time() == []
    assert occupancy.release(occupancy_id=booking)
    assert idle_time.stored(listing.spot_id) == before
    assert check_idle_time() == []


def test_own_use_and_maintenance_need_no_time_between():
    listing = with_rules(buffer_minutes=30)
    occupancy.owner_use(spot=listing.spot, start=quarter(60), end=quarter(120), by=listing.owner)
    assert is_idle(listing.spot_id, quarter(0), quarter(60))
    assert is_idle(listing.spot_id, quarter(120), quarter(180))


def test_rules_are_changed_on_the_owners_page_in_words(client):
    listing = make_listing()
    client.force_login(listing.owner)
    client.cookies["django_language"] = "en"
    address = reverse("owner_listing_rules", args=[listing.pk])
    sent = {
        "holidays": "as_weekend",
        "notice_minutes": 120,
        "shortest_minutes": 60,
        "longest_minutes": 1440,
        "buffer_minutes": 15,
    }
    page = client.post(address, sent, follow=True).content.decode()
    assert "The rules are saved" in page
    assert "like the weekend" in page
    row = IdleTime.objects.get(pk=listing.spot_id)
    assert (row.notice_minutes, row.shortest_minutes, row.longest_minutes, row.buffer_minutes) == (120, 60, 1440, 15)
    refused = client.post(address, sent | {"shortest_minutes": 1440, "longest_minutes": 60})
    assert refused.status_code == 422
    assert "must not be shorter than the shortest" in refused.content.decode()
    client.force_login(make_member())
    assert client.post(address, sent).status_code == 404


def test_exceptions_and_own_use_through_the_api(client):
    listing = make_listing()
    client.force_login(listing.owner)
    day = (quarter() + timedelta(days=3)).astimezone(SHANGHAI).date()
    exceptions = reverse("api_listing_exceptions", args=[listing.pk])
    sent = {"date": day.isoformat(), "kind": "closed", "start_minute": 0, "end_minute": 600, "reason": ""}
    made = client.post(exceptions, sent, JSON)
    assert made.status_code == 201
    assert client.get(exceptions).json() == [made.json()]
    inverted = client.post(exceptions, sent | {"start_minute": 700}, JSON)
    assert (inverted.status_code, inverted.json()["title"]) == (400, "times_inverted")
    use = reverse("api_own_use", args=[listing.pk])
    start = quarter(60)
    made_use = client.post(use, {"start": start.isoformat(), "end": quarter(120).isoformat()}, JSON)
    assert made_use.status_code == 201
    assert not is_idle(listing.spot_id, start, quarter(120))
    overlapping = client.post(use, {"start": start.isoformat(), "end": quarter(120).isoformat()}, JSON)
    assert (overlapping.status_code, overlapping.json()["title"]) == (409, "spot_taken")
    one, other = (
        reverse("api_listing_exception", args=[listing.pk, made.json()["id"]]),
        reverse("api_own_use_end", args=[listing.pk, made_use.json()["id"]]),
    )
    client.force_login(make_member())
    assert {client.delete(one).status_code, client.delete(other).status_code} == {404}
    client.force_login(listing.owner)
    assert [client.delete(one).status_code, client.delete(other).status_code] == [204, 204]
    assert is_idle(listing.spot_id, start, quarter(120))
    assert check_idle_time() == []


def test_maintenance_is_for_staff_of_the_lot(client):
    listing = make_listing()
    lot, staff = listing.spot.lot, make_member()
    lot.staff.create(member=staff)
    address = reverse("api_maintenance", args=[lot.code, listing.spot.code])
    sent = {"start": quarter(60).isoformat(), "end": quarter(120).isoformat()}
    client.force_login(listing.owner)
    assert client.post(address, sent, JSON).status_code == 403
    client.force_login(staff)
    made = client.post(address, sent, JSON)
    assert made.status_code == 201
    assert Occupancy.objects.get().kind == "maintenance"
    end = reverse("api_maintenance_end", args=[lot.code, listing.spot.code, made.json()["id"]])
    client.force_login(make_member())
    assert client.delete(end).status_code == 403
    assert maintenance.reopen(occupancy_id=made.json()["id"], by=staff)
    assert check_idle_time() == []


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("2027-03-28T01:15:00", "2027-03-28T03:00:00", "start"),
        ("2027-03-28T00:00:00", "2027-03-28T01:45:00", "end"),
        ("2027-03-28T00:00:00+00:00", "2027-03-28T00:00:00+00:00", "end"),
        ("2027-03-28T03:00:00+00:00", "2027-03-28T02:00:00+00:00", "end"),
        ("yesterday", "2027-03-28T02:00:00+00:00", "start"),
    ],
)
def test_times_that_cannot_be_are_refused_by_the_api(client, start, end, field):
    listing = make_listing(make_spot(make_lot(timezone="Europe/London")))
    client.force_login(listing.owner)
    response = client.post(reverse("api_own_use", args=[listing.pk]), {"start": start, "end": end}, JSON)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]
    assert not Occupancy.objects.exists()


def test_own_use_form_refuses_a_time_that_the_clocks_skip(client):
    spot = make_listing(make_spot(make_lot(timezone="Europe/London"))).spot
    client.force_login(spot.owner)
    client.cookies["django_language"] = "en"
    sent = {"start": "2027-03-28T01:15", "end": "2027-03-28T03:00"}
    page = client.post(reverse("owner_use", args=[spot.pk]), sent)
    text = page.content.decode()
    assert "The clock skips that time" in text
    assert not Occupancy.objects.exists()


def test_zone_that_does_not_exist_is_refused_in_the_admin(admin_client):
    lot = make_lot()
    response = admin_client.post(reverse("admin:lots_lot_change", args=[lot.pk]), {"timezone": "Mars/Olympus"})
    assert response.status_code == 200
    assert "timezone" in response.context["adminform"].form.errors
    lot.refresh_from_db()
    assert lot.timezone == "Asia/Shanghai"


def test_rules_of_a_listing_are_within_bounds_in_the_database_too():
    from django.db import IntegrityError, transaction

    listing = make_listing()
    for changes in ({"shortest_minutes": 15}, {"longest_minutes": 43_215}, {"buffer_minutes": 255}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Listing.objects.filter(pk=listing.pk).update(**changes)
