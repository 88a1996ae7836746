"""Each page answers, says what it must, asks a fixed number of queries, and refuses everybody else."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from berth.design.money_words import money_text
from finance.models import Payment, Refund
from hardware.models import Grant
from lots.models import Feature, Gate, LotStaff, Spot
from marketing.models import Announcement
from members.models import Member, Vehicle
from tests.finance.cashier_process import CashierProcess
from tests.lots.making import make_listing, make_member, make_spot, quarter
from tests.trading.making import lot_event, make_confirmed, make_hold, make_offer, make_vehicle, pay_for
from trading.domain import bookings
from trading.models import Booking, BookingState

pytestmark = pytest.mark.django_db
LOCAL = "%Y-%m-%dT%H:%M"


def period(start: datetime | None = None, minutes: int = 120) -> dict[str, str]:
    begins = timezone.localtime(start or quarter())
    return {"start": begins.strftime(LOCAL), "end": (begins + timedelta(minutes=minutes)).strftime(LOCAL)}


def signed_in(member: Member) -> Client:
    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def spot() -> Spot:
    return make_offer(name_en="Yijing Garden", name_zh="颐景园", address_en="29 Xiancun Road")


# --- search ----------------------------------------------------------------------------------------


def test_home_offers_the_box_and_the_lots(client: Client, spot: Spot) -> None:
    page = client.get("/", headers={"accept-language": "en"})
    assert page.status_code == 200
    assert spot.lot.name_en in page.content.decode()


def test_search_shows_the_all_in_price_and_the_way_to_the_spot(client: Client) -> None:
    spot = make_offer(service_fee_bp=500, name_en="Yijing Garden")
    page = client.get("/search/", {"q": "Yijing", **period()}, headers={"accept-language": "en"})
    text = page.content.decode()
    assert "¥16.80" in text
    assert "Service fee" in text
    assert reverse("spot", args=[spot.lot.code, spot.code]) in text
    assert f'"id": "{spot.lot.code}"' in text


def test_search_without_anything_asked_fills_in_the_next_quarter_and_two_hours(client: Client, spot: Spot) -> None:
    page = client.get("/search/")
    form = page.context["form"]
    assert form.cleaned_data["end"] - form.cleaned_data["start"] == timedelta(hours=2)
    assert timezone.now() - timedelta(minutes=1) < form.cleaned_data["start"] < timezone.now() + timedelta(minutes=15)
    assert [offer.lot for offer in page.context["found"].lots] == [spot.lot]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"start": "2020-01-01T10:00", "end": "2020-01-01T12:00"}, "start"),
        ({"start": "soon"}, "start"),
        ({"end": "2020-01-01T10:00"}, "end"),
        ({"start": "2026-12-24T10:07"}, "start"),
        ({"radius": "3"}, "radius"),
        ({"lat": "95", "lng": "1"}, "lat"),
        ({"lat": "x", "lng": "1"}, "lat"),
        ({"feature": "1024"}, "feature"),
        ({"order": "random"}, "order"),
        ({"q": "x" * 81}, "q"),
    ],
)
def test_search_names_the_field_that_is_wrong(client: Client, query: dict[str, str], field: str) -> None:
    page = client.get("/search/", query)
    assert page.status_code == 422
    assert field in page.context["form"].errors


def test_search_for_an_unknown_place_says_so_and_offers_the_lots(client: Client, spot: Spot) -> None:
    text = client.get("/search/", {"q": "Atlantis<b>"}, headers={"accept-language": "en"}).content.decode()
    assert "Atlantis&lt;b&gt;" in text
    assert spot.lot.name_en in text


def test_search_that_finds_nothing_offers_the_nearest_free_spots(client: Client, spot: Spot) -> None:
    far = {"lat": spot.lot.latitude + 0.1, "lng": spot.lot.longitude, "radius": 500}
    found = client.get("/search/", {**far, **period()}).context["found"]
    assert found.lots == []
    assert [offer.lot for offer in found.nearest] == [spot.lot]


def test_search_filters_by_features(client: Client, spot: Spot) -> None:
    covered = make_spot(spot.lot, features=Feature.COVERED | Feature.LIT)
    make_listing(covered, hourly_price_minor=2000)
    found = client.get("/search/", {**period(), "feature": [1, 32]}).context["found"]
    assert [offer.code for offer in found.lots[0].spots] == [covered.code]


@pytest.mark.parametrize("lots", [1, 3])
def test_search_asks_five_queries_however_many_lots(
    client: Client, lots: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(lots):
        make_offer()
    client.get("/search/", period())  # prepares the statement on this connection
    with django_assert_num_queries(5):
        assert len(client.get("/search/", period()).context["found"].lots) == lots


# --- lot and spot ----------------------------------------------------------------------------------


def test_lot_page_shows_each_bay_as_it_is_at_the_chosen_time(client: Client, spot: Spot) -> None:
    taken, closed = make_spot(spot.lot), make_spot(spot.lot)
    make_listing(taken)
    make_hold(taken, start=quarter())
    later = make_spot(spot.lot)
    make_listing(later, windows=[((quarter() + timedelta(days=2)).weekday(), 0, 1440)])
    page = client.get(reverse("lot", args=[spot.lot.code]), period())
    states = {bay["code"]: bay["state"] for bay in page.context["now"].plans[0]["bays"]}
    assert states == {spot.code: "free", taken.code: "taken", closed.code: "closed", later.code: "closed"}
    assert [free.code for free in page.context["now"].free] == [spot.code]


def test_lot_page_shows_its_own_current_news_only(client: Client, spot: Spot) -> None:
    now = timezone.now()
    base = {"body_zh": "…", "published_at": now - timedelta(hours=1)}
    Announcement.objects.create(title_zh="本场通知", lot=spot.lot, **base)
    Announcement.objects.create(title_zh="别场通知", lot=make_offer().lot, **base)
    Announcement.objects.create(title_zh="旧通知", lot=spot.lot, expires_at=now - timedelta(minutes=1), **base)
    Announcement.objects.create(title_zh="草稿", lot=spot.lot, body_zh="…")
    text = client.get(reverse("lot", args=[spot.lot.code])).content.decode()
    assert [title in text for title in ("本场通知", "别场通知", "旧通知", "草稿")] == [True, False, False, False]


@pytest.mark.parametrize("spots", [1, 3])
def test_lot_plan_asks_seven_queries_however_many_spots(
    client: Client, spot: Spot, spots: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(spots - 1):
        make_listing(make_spot(spot.lot))
    with django_assert_num_queries(7):
        page = client.get(reverse("lot_plan", args=[spot.lot.code]), period())
    assert len(page.context["now"].free) == spots


@pytest.mark.parametrize("spots", [1, 3])
def test_lot_page_asks_eight_queries_however_many_spots(
    client: Client, spot: Spot, spots: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(spots - 1):
        make_listing(make_spot(spot.lot))
        Gate.objects.create(
            lot=spot.lot, code=f"g{n}", name_zh="门", direction="entry", latitude=23, longitude=113, x=1, y=1
        )
    with django_assert_num_queries(8):
        page = client.get(reverse("lot", args=[spot.lot.code]), period())
    assert len(page.context["now"].free) == spots


@pytest.mark.parametrize("name", ["lot", "lot_plan"])
def test_unpublished_lot_is_not_found(client: Client, name: str) -> None:
    lot = make_offer(published=False).lot
    assert client.get(reverse(name, args=[lot.code])).status_code == 404


def test_spot_page_offers_booking_for_the_chosen_time(client: Client, spot: Spot) -> None:
    text = client.get(reverse("spot", args=[spot.lot.code, spot.code]), period()).content.decode()
    assert "¥16.00" in text
    assert reverse("checkout", args=[spot.lot.code, spot.code]) in text


def test_spot_that_is_taken_offers_no_booking_but_others(client: Client, spot: Spot) -> None:
    make_hold(spot, start=quarter())
    text = client.get(reverse("spot", args=[spot.lot.code, spot.code]), period()).content.decode()
    assert reverse("checkout", args=[spot.lot.code, spot.code]) not in text


def test_spot_without_a_listing_is_shown_as_not_offered(client: Client, spot: Spot) -> None:
    other = make_spot(spot.lot)
    page = client.get(reverse("spot", args=[spot.lot.code, other.code]), period())
    assert (page.status_code, page.context["page"].price) == (200, None)


@pytest.mark.parametrize("query", [{"start": "x"}, {"start": "2020-01-01T10:00"}])
def test_spot_page_names_wrong_times(client: Client, spot: Spot, query: dict[str, str]) -> None:
    assert client.get(reverse("spot", args=[spot.lot.code, spot.code]), query).status_code == 422


# --- checkout --------------------------------------------------------------------------------------


def checkout_url(spot: Spot, **times: str) -> str:
    return reverse("checkout", args=[spot.lot.code, spot.code]) + "?" + urlencode(times or period())


def test_checkout_asks_to_sign_in_and_keeps_the_choice(client: Client, spot: Spot) -> None:
    url = checkout_url(spot)
    answer = client.get(url)
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [url]


def submit(client: Client, spot: Spot, **values: str) -> object:
    page = client.get(checkout_url(spot))
    given = {"booking_id": str(page.context["booking_id"]), "quote": page.context["quote"].token, "vehicle": "new"}
    return client.post(checkout_url(spot), {**given, **values})


def test_checkout_holds_the_spot_with_a_new_plate_and_goes_to_the_cashier(spot: Spot, cashier: CashierProcess) -> None:
    member = make_member()
    answer = submit(signed_in(member), spot, plate="粤b·12345")
    booking, payment = Booking.objects.get(), Payment.objects.get()
    assert answer["Location"] == payment.pay_url  # type: ignore[index]
    assert payment.pay_url.startswith(cashier.url)
    assert (booking.renter, booking.state, booking.vehicle.plate) == (member, BookingState.HELD, "粤B12345")
    assert payment.amount_minor == booking.amount_minor
    assert payment.expires_at < booking.occupancy.expires_at


def test_checkout_while_the_cashier_is_away_keeps_the_spot_and_says_so(spot: Spot, settings: Settings) -> None:
    settings.CASHIER_URL = "http://127.0.0.1:9"
    client = signed_in(make_member())
    answer = submit(client, spot, plate="粤B12345")
    booking = Booking.objects.get()
    assert answer["Location"] == reverse("booking", args=[booking.pk])  # type: ignore[index]
    page = client.get(answer["Location"])  # type: ignore[index]
    assert [message.level_tag for message in page.context["messages"]] == ["warning"]
    assert page.context["page"].step.key == "pay"


def test_checkout_twice_is_one_booking(spot: Spot, cashier: CashierProcess) -> None:
    client = signed_in(make_member())
    page = client.get(checkout_url(spot))
    sent = {"booking_id": str(page.context["booking_id"]), "quote": page.context["quote"].token, "plate": "粤B12345"}
    for _ in range(2):
        assert client.post(checkout_url(spot), sent).status_code == 302
    assert (Booking.objects.count(), Vehicle.objects.count(), Payment.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("plate", ["X", "粤I12345", "M-AB 1234", "粤B1234", "粤B12345678"])
def test_checkout_names_a_wrong_plate_and_holds_nothing(spot: Spot, plate: str) -> None:
    answer = submit(signed_in(make_member()), spot, plate=plate)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "plate" in answer.context["form"].errors  # type: ignore[attr-defined]
    assert not Booking.objects.exists()
    assert not Vehicle.objects.exists()


def test_checkout_of_a_spot_that_was_just_taken_says_so_kindly_and_offers_nearby(spot: Spot) -> None:
    client = signed_in(make_member())
    page = client.get(checkout_url(spot))
    make_hold(spot, start=quarter())
    sent = {"booking_id": str(page.context["booking_id"]), "quote": page.context["quote"].token, "plate": "粤B12345"}
    answer = client.post(checkout_url(spot), sent)
    assert answer.status_code == 409
    assert "/search/?lat=" in answer.content.decode()
    assert not Vehicle.objects.filter(plate="粤B12345").exists()


@pytest.mark.parametrize("token", ["", "forged", "a:b:c"])
def test_checkout_with_a_tampered_price_holds_nothing_and_quotes_again(spot: Spot, token: str) -> None:
    answer = submit(signed_in(make_member()), spot, plate="粤B12345", quote=token)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert answer.context["quote"].amount.minor == 1600  # type: ignore[attr-defined]
    assert not Booking.objects.exists()


def test_checkout_with_somebody_elses_car_is_refused(spot: Spot) -> None:
    foreign = make_vehicle(make_member())
    answer = submit(signed_in(make_member()), spot, vehicle=str(foreign.pk))
    assert "vehicle" in answer.context["form"].errors  # type: ignore[attr-defined]
    assert not Booking.objects.exists()


def test_checkout_of_the_own_spot_is_refused(spot: Spot) -> None:
    assert signed_in(spot.owner).get(checkout_url(spot)).status_code == 409


def test_checkout_with_past_times_leads_to_the_spot_which_names_them(spot: Spot) -> None:
    answer = signed_in(make_member()).get(
        checkout_url(spot, start="2020-01-01T10:00", end="2020-01-01T12:00"), follow=True
    )
    assert answer.status_code == 422
    assert "start" in answer.context["form"].errors


# --- bookings --------------------------------------------------------------------------------------


def test_list_groups_what_runs_what_comes_and_what_was() -> None:
    running = make_confirmed()
    renter = running.renter
    at = running.start + timedelta(minutes=1)
    bookings.take_lot_event(lot_event(running, "vehicle_entered", at, 1, plate=running.vehicle.plate))
    coming = make_hold(renter=renter, start=quarter(3 * 1440))
    gone = make_hold(renter=renter, start=quarter(4 * 1440))
    bookings.abandon_hold(booking_id=gone.pk, renter=renter)
    make_confirmed()
    mine = signed_in(renter).get("/bookings/").context["mine"]
    assert [b.pk for b in mine.now] == [running.pk]
    assert [b.pk for b in mine.upcoming] == [coming.pk]
    assert [b.pk for b in mine.past] == [gone.pk]


def test_empty_list_says_what_to_do() -> None:
    page = signed_in(make_member()).get("/bookings/", headers={"accept-language": "en"})
    assert "No bookings yet" in page.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_six_queries_however_many_bookings(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    renter = make_member()
    for n in range(count):
        make_hold(renter=renter, start=quarter(n * 1440))
        gone = make_hold(renter=renter, start=quarter(n * 1440 + 180))
        bookings.abandon_hold(booking_id=gone.pk, renter=renter)
    client = signed_in(renter)
    with django_assert_num_queries(6):
        client.get("/bookings/")


PAGES = ["booking", "booking_now", "booking_vehicle", "booking_cancel", "receipt", "booking_evidence"]


@pytest.mark.parametrize("name", PAGES)
def test_renter_sees_every_page_of_the_own_booking(name: str) -> None:
    booking = make_confirmed()
    assert signed_in(booking.renter).get(reverse(name, args=[booking.pk])).status_code == 200


@pytest.mark.parametrize("name", [*PAGES, "booking_pay"])
@pytest.mark.parametrize("who", ["stranger", "owner", "staff"])
def test_nobody_else_learns_that_the_booking_exists(name: str, who: str) -> None:
    booking = make_confirmed()
    staff = make_member()
    LotStaff.objects.create(lot=booking.lot, member=staff)
    client = signed_in({"stranger": make_member(), "owner": booking.listing.owner, "staff": staff}[who])
    url = reverse(name, args=[booking.pk])
    answer = client.post(url) if name == "booking_pay" else client.get(url)
    may = name == "booking_evidence" and who != "stranger"
    assert answer.status_code == (200 if may else 404)
    if not may:
        url = reverse(name, args=[uuid.uuid4()])
        unknown = client.post(url) if name == "booking_pay" else client.get(url)
        assert unknown.status_code == 404


@pytest.mark.parametrize("name", ["booking_vehicle", "booking_cancel", "booking_pay"])
def test_strangers_post_changes_nothing(name: str) -> None:
    booking = make_confirmed()
    before = booking.evidence.count()
    answer = signed_in(make_member()).post(reverse(name, args=[booking.pk]), {"plate": "粤B99999", "vehicle": "new"})
    assert answer.status_code == 404
    booking.refresh_from_db()
    assert (booking.state, booking.evidence.count()) == (BookingState.CONFIRMED, before)


@pytest.mark.parametrize("name", PAGES)
def test_anonymous_is_asked_to_sign_in(client: Client, name: str) -> None:
    booking = make_confirmed()
    answer = client.get(reverse(name, args=[booking.pk]))
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


def test_admin_sees_evidence_of_every_booking() -> None:
    booking = make_confirmed()
    admin = make_member(is_staff=True, is_superuser=True)
    assert signed_in(admin).get(reverse("booking_evidence", args=[booking.pk])).status_code == 200


def steps(booking: Booking, client: Client) -> str:
    return client.get(reverse("booking_now", args=[booking.pk])).context["page"].step.key


def test_page_says_one_next_step_at_a_time() -> None:
    renter = make_member()
    booking = make_hold(renter=renter)
    Gate.objects.create(
        lot=booking.lot, code="in", name_zh="东门", direction="entry", latitude=23, longitude=113, x=1, y=1
    )
    client, said = signed_in(renter), []
    said.append(steps(booking, client))
    pay_for(booking)
    said.append(steps(booking, client))
    client.post(reverse("booking_vehicle", args=[booking.pk]), {"plate": "粤B12345", "vehicle": "new"})
    said.append(steps(booking, client))
    booking.refresh_from_db()
    start = booking.start
    for n, (kind, minute, payload) in enumerate(
        [
            ("card_issued", 1, {"card": "04A1"}),
            ("vehicle_entered", 1, {"plate": "粤B12345"}),
            ("unlock_result", 2, {"outcome": "failed"}),
            ("emergency_raised", 3, {"reason": "unlock_failed"}),
            ("unlock_result", 4, {"outcome": "opened"}),
            ("vehicle_left", 60, {"plate": "粤B12345"}),
        ]
    ):
        event = lot_event(booking, kind, start + timedelta(minutes=minute), n, **payload)
        bookings.take_lot_event(event)
        said.append(steps(booking, client))
    assert said == ["pay", "plate", "drive", "card", "swipe", "help", "help", "leave", "done"]


def test_booking_page_walks_from_the_gate_to_the_bay() -> None:
    booking = make_confirmed()
    plan = booking.spot.floor_plan
    Gate.objects.create(
        lot=booking.lot,
        floor_plan=plan,
        code="in",
        name_zh="东门",
        direction="entry",
        latitude=0,
        longitude=0,
        x=1,
        y=9,
    )
    page = signed_in(booking.renter).get(reverse("booking", args=[booking.pk])).context["page"]
    assert page.plan["walk"][0] == (1.0, 9.0)
    assert page.plan["walk"][-1] == booking.spot.centre
    assert [bay["code"] for bay in page.plan["bays"] if bay.get("mine")] == [booking.spot.code]


@pytest.mark.parametrize("events", [0, 3])
def test_live_fragment_asks_a_fixed_number_of_queries(
    events: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    booking = make_confirmed()
    for n in range(events):
        bookings.take_lot_event(lot_event(booking, "swipe_judged", booking.start, n, verdict="denied"))
    client = signed_in(booking.renter)
    with django_assert_num_queries(9):
        client.get(reverse("booking_now", args=[booking.pk]))


def test_cancel_page_says_the_sum_and_pays_it_back() -> None:
    booking = make_confirmed()
    client = signed_in(booking.renter)
    url = reverse("booking_cancel", args=[booking.pk])
    assert "¥16.00" in client.get(url).content.decode()
    client.post(url, {"refund_minor": "1600"})
    booking.refresh_from_db()
    assert (booking.state, Refund.objects.get().amount_minor) == (BookingState.CANCELLED, 1600)
    assert Grant.objects.get().state == "revoked"


@pytest.mark.parametrize("shown", ["1", "9" * 30, "-5", "x"])
def test_cancel_with_another_sum_than_shown_changes_nothing_or_pays_the_true_one(shown: str) -> None:
    booking = make_confirmed()
    signed_in(booking.renter).post(reverse("booking_cancel", args=[booking.pk]), {"refund_minor": shown})
    refunds = list(Refund.objects.values_list("amount_minor", flat=True))
    assert refunds == ([] if shown == "1" else [1600])


def test_receipt_shows_lines_that_sum_to_what_was_paid() -> None:
    booking = make_confirmed(make_offer(service_fee_bp=500))
    text = signed_in(booking.renter).get(reverse("receipt", args=[booking.pk])).content.decode()
    assert all(part in text for part in ("¥16.00", "¥0.80", "¥16.80", booking.reference))


def test_there_is_no_receipt_before_payment() -> None:
    booking = make_hold()
    assert signed_in(booking.renter).get(reverse("receipt", args=[booking.pk])).status_code == 404


def test_price_is_the_same_to_the_cent_everywhere(cashier: CashierProcess) -> None:
    spot = make_offer(service_fee_bp=333)
    when = period(minutes=195)
    client = signed_in(make_member())
    found = client.get("/search/", when).context["found"].lots[0].price.amount
    on_lot = client.get(reverse("lot", args=[spot.lot.code]), when).context["now"].free[0].price.amount
    on_spot = client.get(reverse("spot", args=[spot.lot.code, spot.code]), when).context["page"].price.amount
    page = client.get(checkout_url(spot, **when))
    quoted = page.context["quote"]
    client.post(
        checkout_url(spot, **when),
        {"booking_id": str(page.context["booking_id"]), "quote": quoted.token, "plate": "粤B12345"},
    )
    booking = Booking.objects.get()
    assert {found, on_lot, on_spot, quoted.amount} == {quoted.amount}
    assert booking.amount_minor == quoted.amount.minor
    payment = Payment.objects.get()
    assert money_text(quoted.amount) in requests.get(payment.pay_url, timeout=10).text
    pay_for(booking, payment)
    assert payment.amount_minor == sum(line["amount_minor"] for line in booking.quote_lines) == booking.amount_minor


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", ["home", "search", "booking_list"])
def test_pages_speak_both_languages(language: str, name: str, spot: Spot) -> None:
    page = signed_in(make_member()).get(reverse(name), headers={"accept-language": language})
    assert page.status_code == 200
    assert page.headers["Content-Language"] == language
