"""Who sees which booking. Everybody else gets 404: not even its existence is told."""

from __future__ import annotations

import uuid

from django.db.models import Q, QuerySet
from django.http import Http404

from members.models import Member
from trading.models import Booking

_RELATED = ("lot", "spot", "spot__floor_plan", "listing__owner", "renter", "vehicle", "occupancy", "stay")


def bookings_of(member: Member) -> QuerySet[Booking]:
    """The member's own bookings as renter, with what their pages show."""
    return Booking.objects.filter(renter=member).select_related(*_RELATED)


def own_booking(member: Member, booking_id: uuid.UUID) -> Booking:
    """Raises Http404 for anybody but the renter."""
    booking = bookings_of(member).filter(pk=booking_id).first()
    if booking is None:
        raise Http404
    return booking


def booking_with_evidence(member: Member, booking_id: uuid.UUID) -> Booking:
    """For those whom the evidence concerns: renter, owner of the spot, staff of the lot, admins. Else Http404."""
    seen = Booking.objects.select_related(*_RELATED).filter(pk=booking_id)
    if not (member.is_superuser or member.has_perm("trading.view_evidence")):
        seen = seen.filter(
            Q(renter=member) | Q(listing__owner=member) | Q(lot__manager=member) | Q(lot__staff__member=member)
        ).distinct()
    booking = seen.first()
    if booking is None:
        raise Http404
    return booking
