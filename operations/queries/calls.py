"""Emergency calls."""

from __future__ import annotations

import uuid

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.shortcuts import get_object_or_404

from hardware.models import EmergencyCall
from lots.models import Lot

_FIRST_UNTAKEN = Case(
    When(state=EmergencyCall.State.RAISED, then=Value(0)), default=Value(1), output_field=IntegerField()
)


def open_calls(lot: Lot) -> list[EmergencyCall]:
    """Those that nobody took first, then the oldest. One query."""
    return list(_calls(lot).exclude(state=EmergencyCall.State.RESOLVED).order_by(_FIRST_UNTAKEN, "raised_at"))


def call_of(lot: Lot, call_id: uuid.UUID) -> EmergencyCall:
    """Raises Http404 for a call of another lot."""
    return get_object_or_404(_calls(lot), pk=call_id)


def _calls(lot: Lot) -> QuerySet[EmergencyCall]:
    return EmergencyCall.objects.filter(lot=lot).select_related(
        "lot", "spot", "controller", "grant__member", "grant__spot", "acknowledged_by"
    )
