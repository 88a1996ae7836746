"""A spot that is taken shows on open pages of its lot at once: the real live process tells them to look again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse

from berth.kernel.ids import uuid7
from lots.domain import listings
from tests.live.conftest import LiveProcess
from tests.live.reading import events
from tests.lots.making import make_listing, make_lot, make_member, make_spot
from trading.domain import bookings
from trading.domain.lot_quotes import make_lot_quote

pytestmark = pytest.mark.django_db(transaction=True)


def states(client, lot) -> dict[str, str]:
    """Each bay of the floor plan as the page's fragment has it."""
    context = client.get(reverse("lot_plan", args=[lot.code])).context
    return {bay["code"]: bay["state"] for plan in context["now"].plans for bay in plan["bays"]}


def test_hold_release_and_closing_are_told_to_the_open_page_of_the_lot(live: LiveProcess, client) -> None:
    lot, renter = make_lot(), make_member()
    first, second = (make_listing(make_spot(lot)) for _ in range(2))
    codes = first.spot.code, second.spot.code
    page = client.get(reverse("lot", args=[lot.code]))
    start, end = page.context["start"], page.context["end"]

    def act(change: Callable[[], object]) -> list[str]:
        change()
        assert next(heard) == ("changed", f"spots.{lot.code}")  # told, not found out by the poll of every 20 s
        shown = states(client, lot)
        return [shown[code] for code in codes]

    booking_id = uuid7()
    quote = make_lot_quote(lot=lot, start=start, end=end, features=0, member=None).token
    with live.stream(page.context["token"]) as response:
        heard = events(response)
        assert next(heard) == ("changed", f"spots.{lot.code}")
        hold = {"booking_id": booking_id, "renter": renter, "quote_token": quote}
        assert sorted(act(lambda: bookings.hold(**hold))) == ["free", "taken"]
        assert act(lambda: bookings.abandon_hold(booking_id=booking_id, renter=renter)) == ["free", "free"]
        assert act(lambda: listings.pause(listing=second, by=second.owner)) == ["free", "closed"]
