"""The evidence timeline, for everyone whom it concerns."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.signed_in import member_of
from trading.domain.timeline import chain_holds
from trading.models import Evidence
from trading.queries.events import events_of
from trading.queries.visible import booking_with_evidence


@login_required
@require_safe
def evidence(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    booking = booking_with_evidence(member_of(request), booking_id)
    lines = list(Evidence.objects.filter(booking=booking).order_by("position"))
    events = events_of(lines, booking.lot.gates.all())
    context = {"booking": booking, "events": events, "lines": lines, "holds": chain_holds(lines)}
    return render(request, "trading/booking_evidence.html", context)
