"""The pages of a lot and of one spot."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from berth.design.money_words import money_text
from berth.kernel.errors import InvalidInput
from lots.domain.listing_rules import period_suits
from lots.models import FloorPlan, Gate, Listing, Lot, Occupancy, Spot
from lots.queries import Day, SpotState, is_idle, lot_availability, week_view
from marketing.models import Announcement
from members.models import Member
from trading.models import Booking, BookingState
from trading.queries import offers
from trading.queries.offers import Price
from trading.queries.plans import plan_of


@dataclass(frozen=True, slots=True)
class FreeSpot:
    code: str
    features: list[str]
    price: Price
    href: str


@dataclass(frozen=True, slots=True)
class LotNow:
    """A lot over the chosen time: its levels as drawn, and the free spots by price."""

    plans: list[dict[str, Any]]
    free: list[FreeSpot]
    offered: int
    gates: list[Gate]


def published_lot(code: str) -> Lot:
    """Raises Http404."""
    return get_object_or_404(Lot, code=code, published=True)


def lot_now(lot: Lot, start: datetime, end: datetime) -> LotNow:
    """Six queries whatever the lot's size."""
    states = lot_availability(lot, start, end)
    taken = set(
        Occupancy.objects.filter(spot__lot=lot, state=Occupancy.State.LIVE, period__overlap=(start, end)).values_list(
            "spot_id", flat=True
        )
    )
    caps = dict(
        Listing.objects.filter(spot__lot=lot, state=Listing.State.PUBLISHED).values_list("spot_id", "day_cap_minor")
    )
    free = [_free(lot, state, caps.get(state.spot_id), start, end) for state in states if state.free]
    bays = {state.code: _bay(lot, state, taken, start, end) for state in states}
    bays |= {spot.code: bays[spot.code] | {"label": _label(spot)} for spot in free}
    spots: dict[int, list[Spot]] = {}
    for spot in Spot.objects.filter(lot=lot).order_by("code"):
        spots.setdefault(spot.floor_plan_id, []).append(spot)
    gates = list(Gate.objects.filter(lot=lot).order_by("direction", "code"))
    plans = [
        plan_of(plan, spots.get(plan.pk, []), [g for g in gates if g.floor_plan_id in (plan.pk, None)], bays)
        for plan in FloorPlan.objects.filter(lot=lot)
    ]
    free.sort(key=lambda spot: (spot.price.amount.minor, spot.code))
    return LotNow(plans, free, sum(state.listed for state in states), gates)


def announcements_of(lot: Lot) -> QuerySet[Announcement]:
    """What is published now for this lot."""
    now = timezone.now()
    return Announcement.objects.filter(lot=lot, published_at__lte=now).filter(
        Q(expires_at=None) | Q(expires_at__gt=now)
    )


@dataclass(frozen=True, slots=True)
class SpotPage:
    """``price`` is None where the spot is not offered; ``is_free``: for the whole of the chosen time. ``refusal``: why
    the owner's rules do not allow that time, empty where they do."""

    spot: Spot
    listing: Listing | None
    is_free: bool
    price: Price | None
    days: list[Day]
    refusal: str = ""


def spot_page(lot: Lot, spot_code: str, start: datetime, end: datetime, viewer: Member | None) -> SpotPage:
    """Raises Http404."""
    spot = get_object_or_404(Spot.objects.select_related("lot", "floor_plan"), lot=lot, code=spot_code)
    listing = Listing.objects.select_related("owner").filter(spot=spot, state=Listing.State.PUBLISHED).first()
    mine: set[Any] = set()
    if viewer is not None:
        own = Booking.objects.filter(renter=viewer, spot=spot, state__in=BookingState.occupying())
        mine = set(own.values_list("occupancy_id", flat=True))
    days = week_view([spot], _monday_or_today(lot, start), viewer, yours=mine)[spot.pk]
    if listing is None:
        return SpotPage(spot, None, is_free=False, price=None, days=days)
    price = offers.price_of(lot, listing.hourly_price_minor, listing.day_cap_minor, start, end)
    refusal = _refusal(listing, start, end)
    is_free = not refusal and is_idle(spot.pk, start, end)
    return SpotPage(spot, listing, is_free, price, days, refusal)


def _refusal(listing: Listing, start: datetime, end: datetime) -> str:
    try:
        period_suits(listing, start, end)
    except InvalidInput as error:
        return str(error.message)
    return ""


def _monday_or_today(lot: Lot, start: datetime) -> Any:
    """The week that the bars show begins with the wanted day, or a few days before it where those are to come."""
    today = timezone.now().astimezone(lot.zone).date()
    return max(today, start.astimezone(lot.zone).date() - timedelta(days=2))


def _free(lot: Lot, state: SpotState, cap: int | None, start: datetime, end: datetime) -> FreeSpot:
    price = offers.price_of(lot, state.hourly_price_minor or 0, cap, start, end)
    href = offers.address("spot", lot.code, state.code, start=start, end=end)
    return FreeSpot(state.code, offers.feature_labels(state.features), price, href)


def _bay(lot: Lot, state: SpotState, taken: Collection[int], start: datetime, end: datetime) -> dict[str, Any]:
    """Free, taken by somebody for a part of the time, or not offered then."""
    if not state.listed:
        return {"state": "closed"}
    shown = "free" if state.free else "taken" if state.spot_id in taken else "closed"
    return {"state": shown, "href": offers.address("spot", lot.code, state.code, start=start, end=end)}


def _label(spot: FreeSpot) -> str:
    return _("free, %(price)s") % {"price": money_text(spot.price.amount)}
