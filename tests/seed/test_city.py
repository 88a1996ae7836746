"""The demo's city: ground, devices, offers and news."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from berth.seed import city
from berth.seed.history import _planned
from berth.seed.visits import VISITS
from hardware.models import AccessCard, Controller, SpotLock
from lots.models import Listing, Lot, LotStaff, Spot
from marketing.models import Announcement

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _the_city(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """Made once for this module, without the history; every test here sees it."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        patch = pytest.MonkeyPatch()
        patch.setattr(city, "make_history", lambda people: None)
        city.make_city()
        patch.undo()
        yield
        transaction.set_rollback(True)


def test_three_lots_and_more_than_eighty_spots() -> None:
    kinds = list(Lot.objects.order_by("code").values_list("code", "kind", "published"))
    assert kinds == [
        ("tianhe", "residential", True),
        ("yijing", "residential", True),
        ("zhujiang", "public", True),
    ]
    assert Spot.objects.count() == 96
    assert Spot.objects.values("owner").distinct().count() >= 5


def test_spot_of_the_story_is_the_owners_and_not_listed() -> None:
    spot = Spot.objects.get(lot__code="yijing", code="A-12")
    assert (str(spot.owner.phone), spot.owner.email) == ("+8613800000001", "owner@berth.example")  # type: ignore[union-attr]
    assert not spot.listings.exists()
    assert not spot.occupancies.exists()


def test_every_spot_of_yijing_has_a_lock_of_one_of_several_controllers() -> None:
    assert not Spot.objects.filter(lot__code="yijing", lock=None).exists()
    counts = Controller.objects.annotate(count=Count("locks")).values_list("lot__code", "count")
    assert len([code for code, _ in counts if code == "yijing"]) >= 3
    assert all(4 <= count <= 8 for _, count in counts)
    assert SpotLock.objects.filter(commanded=SpotLock.Position.RAISED).count() == SpotLock.objects.count()


def test_cards_are_in_stock_with_chip_uids_of_seven_bytes() -> None:
    uids = list(AccessCard.objects.values_list("chip_uid", flat=True))
    assert len(set(uids)) == len(uids) == 120
    assert all(len(bytes.fromhex(uid)) == 7 for uid in uids)


def test_prices_run_from_four_to_twelve_yuan_with_day_caps() -> None:
    prices = set(Listing.objects.values_list("hourly_price_minor", flat=True))
    assert min(prices) == 400
    assert max(prices) == 1200
    assert not Listing.objects.filter(day_cap_minor=None).exists()


def test_pins_are_within_a_hundred_metres_of_the_lot() -> None:
    for spot in Spot.objects.select_related("lot"):
        assert spot.latitude is not None
        assert abs(spot.latitude - spot.lot.latitude) < 0.0009
        assert spot.longitude is not None
        assert abs(spot.longitude - spot.lot.longitude) < 0.0009


def test_each_lot_has_someone_on_duty_and_the_site_has_news_in_both_languages() -> None:
    on_duty = LotStaff.objects.filter(on_duty=True).values_list("lot__code", flat=True)
    assert sorted(on_duty) == ["tianhe", "yijing", "zhujiang"]
    assert not Announcement.objects.filter(title_en="").exists()


@pytest.mark.parametrize("days", range(7))
def test_history_can_be_planned_on_every_weekday(days: int) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        assert len(list(_planned(VISITS))) == len(VISITS)
