from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.lots.making import make_member
from tests.trading.making import lot_event, make_confirmed
from trading.domain import bookings
from trading.models import Booking, Evidence, Stay

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    client = Client()
    boss = make_member(is_staff=True, is_superuser=True)
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def booking() -> Booking:
    booking = make_confirmed()
    plate = booking.vehicle.plate
    bookings.take_lot_event(lot_event(booking, "vehicle_entered", booking.start, 1, plate=plate))
    return Booking.objects.get()


@pytest.mark.parametrize("term", ["reference", "plate", "phone", "id", "spot"])
def test_booking_is_found_by_what_people_have_at_hand(admin: Client, booking: Booking, term: str) -> None:
    make_confirmed()
    text = {
        "reference": booking.reference,
        "plate": booking.vehicle.plate,
        "phone": str(booking.renter.phone),
        "id": str(booking.pk),
        "spot": booking.spot.code,
    }[term]
    page = admin.get(reverse("admin:trading_booking_changelist"), {"q": text})
    assert [found.pk for found in page.context["cl"].result_list] == [booking.pk]


def test_booking_shows_its_stay_and_timeline(admin: Client, booking: Booking) -> None:
    text = admin.get(reverse("admin:trading_booking_change", args=[booking.pk])).content.decode()
    assert Evidence.objects.get(kind="entered").digest in text
    assert booking.vehicle.plate in text
    assert "icon-yes" in text


@pytest.mark.parametrize("model", [Booking, Stay, Evidence])
def test_nothing_can_be_added_changed_or_deleted(admin: Client, booking: Booking, model: type) -> None:
    name = model._meta.model_name
    shown = model.objects.first()
    before = list(model.objects.values())
    change = reverse(f"admin:trading_{name}_change", args=[shown.pk])
    assert admin.get(change).status_code == 200
    assert admin.post(change, {"state": "completed", "kind": "left"}).status_code == 403
    assert admin.get(reverse(f"admin:trading_{name}_add")).status_code == 403
    assert admin.post(reverse(f"admin:trading_{name}_delete", args=[shown.pk]), {"post": "yes"}).status_code == 403
    bulk = {"action": "delete_selected", "_selected_action": shown.pk, "post": "yes"}
    admin.post(reverse(f"admin:trading_{name}_changelist"), bulk)
    assert list(model.objects.values()) == before


@pytest.mark.parametrize("model", ["booking", "stay", "evidence"])
@pytest.mark.parametrize("query", [{}, {"q": "x"}])
def test_lists_open_and_filter(admin: Client, booking: Booking, model: str, query: dict[str, str]) -> None:
    assert admin.get(reverse(f"admin:trading_{model}_changelist"), query).status_code == 200


def test_members_have_no_way_in(booking: Booking) -> None:
    client = Client()
    client.force_login(booking.renter, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("admin:trading_booking_changelist")).status_code == 302
