"""An owner keeps a spot for themselves for a while, and gives it back. Another member's does not exist here (404)."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from berth.kernel.errors import DomainError
from lots.domain import occupancy
from lots.forms.own_use import OwnUseForm
from lots.forms.refusals import show_refusal
from lots.models import Occupancy, Spot
from lots.views.weeks import calendar_page
from members.signed_in import member_of


@login_required
@require_POST
def owner_use(request: HttpRequest, spot_id: int) -> HttpResponse:
    member = member_of(request)
    spot = get_object_or_404(Spot.objects.select_related("lot"), pk=spot_id, owner=member)
    form = OwnUseForm(request.POST, spot=spot)
    if form.is_valid():
        try:
            occupancy.owner_use(spot=spot, by=member, **form.period)
            messages.success(request, _("%(bay)s is yours for that time.") % {"bay": spot.code})
            return redirect("owner_calendar")
        except DomainError as error:
            show_refusal(error, form)
    return calendar_page(request, refused=form)


@login_required
@require_POST
def owner_use_end(request: HttpRequest, occupancy_id: uuid.UUID) -> HttpResponse:
    member = member_of(request)
    own = Occupancy.objects.filter(kind=Occupancy.Kind.OWNER_USE, spot__owner=member)
    use = get_object_or_404(own.select_related("spot"), pk=occupancy_id)
    occupancy.end_owner_use(occupancy_id=use.pk, by=member)
    messages.success(request, _("%(bay)s can be booked again.") % {"bay": use.spot.code})
    return redirect("owner_calendar")
