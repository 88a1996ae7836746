"""Listings with their weeks and a few exceptions, through the domain as owners do it."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from berth.seed.owners import offer_for
from lots.domain import listings
from lots.models import Listing, Lot, ScheduleException, Spot

EXCEPTIONS = {
    ("yijing", "A-04"): (3, "家里来客人"),
    ("yijing", "B-03"): (5, "自己要用"),
    ("tianhe", "A-02"): (2, "车位保养"),
    ("tianhe", "B-05"): (8, ""),
}
"""Spot → days from today on which it is closed, and why."""
PAUSED = {("yijing", "A-08"), ("tianhe", "B-08")}


def make_offers(lot: Lot) -> None:
    """One listing per spot that has never had one."""
    for spot in lot.spots.select_related("owner", "lot").filter(listings=None):
        _make_offer(spot)


def _make_offer(spot: Spot) -> Listing | None:
    key = (spot.lot.code, spot.code)
    offer = offer_for(*key)
    if offer is None or spot.owner is None:
        return None
    listing = listings.create_listing(
        spot=spot,
        by=spot.owner,
        hourly_price_minor=offer.hourly_price_minor,
        day_cap_minor=offer.day_cap_minor,
        note=offer.note,
        windows=offer.windows,
    )
    if key in EXCEPTIONS:
        days, reason = EXCEPTIONS[key]
        day = timezone.now().astimezone(spot.lot.zone).date() + timedelta(days=days)
        closed = ScheduleException.Kind.CLOSED
        listings.add_exception(listing=listing, day=day, kind=closed, by=spot.owner, reason=reason)
    listings.publish(listing=listing, by=spot.owner)
    if key in PAUSED:
        listings.pause(listing=listing, by=spot.owner)
    return listing
