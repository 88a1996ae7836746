"""A member's cars and their plates."""

from __future__ import annotations

from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from berth.kernel.errors import DomainError
from members.domain.vehicles import add_vehicle, remove_vehicle
from members.forms import VehicleForm, show_refusal
from members.models import Vehicle
from members.signed_in import member_of


@login_required
@require_http_methods(["GET", "POST"])
def vehicles(request: HttpRequest) -> HttpResponse:
    """The list and the form for one more; ``next`` leads back to what the member was doing (a checkout)."""
    member = member_of(request)
    next_url = get_next_redirect_url(request) or ""
    form = VehicleForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            vehicle = add_vehicle(member=member, **form.domain_fields())
            messages.success(request, _("%(plate)s is added.") % {"plate": vehicle})
            return redirect(next_url or "vehicles")
        except DomainError as error:
            show_refusal(form, error)
            status = error.status
    cars = member.vehicles.filter(removed_at=None)
    return render(request, "members/vehicles.html", {"form": form, "vehicles": cars, "next": next_url}, status=status)


@login_required
@require_POST
def vehicle_remove(request: HttpRequest, vehicle_id: int) -> HttpResponse:
    """Take one's own car off the list; somebody else's is not found."""
    vehicle = get_object_or_404(Vehicle, pk=vehicle_id, member=member_of(request))
    remove_vehicle(member=member_of(request), vehicle=vehicle)
    messages.success(request, _("%(plate)s is removed.") % {"plate": vehicle})
    return redirect("vehicles")
