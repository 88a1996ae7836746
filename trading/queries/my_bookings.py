"""A renter's bookings: what runs, what is to come, what was."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.utils import timezone

from members.models import Member
from trading.models import Booking, BookingState
from trading.queries.visible import bookings_of

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class MyBookings:
    now: list[Booking]
    upcoming: list[Booking]
    past: Page[Booking]

    @property
    def is_empty(self) -> bool:
        return not (self.now or self.upcoming or self.past.paginator.count)


def my_bookings(member: Member, page: int | str = 1) -> MyBookings:
    """Three queries."""
    open_ones = list(bookings_of(member).filter(state__in=BookingState.occupying()).order_by("start"))
    running = [b for b in open_ones if b.state == BookingState.ACTIVE or b.start <= timezone.now()]
    past = bookings_of(member).filter(state__in=BookingState.final()).order_by("-start")
    return MyBookings(
        now=running,
        upcoming=[booking for booking in open_ones if booking not in running],
        past=Paginator(past, PER_PAGE).get_page(page),
    )
