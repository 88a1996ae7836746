"""One's own PIN for the booth page of a lot."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from berth.kernel.errors import DomainError
from hardware.domain import push
from hardware.models import LotServer
from lots.domain import duty
from members.forms import show_refusal
from members.signed_in import member_of
from operations.access import staffed_lot
from operations.forms import PinForm


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def booth_pin(request: HttpRequest, code: str) -> HttpResponse:
    """Set it; the lot has it within half a minute, or when it is heard again."""
    lot = staffed_lot(request, code)
    form = PinForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                duty.set_pin(lot=lot, by=member_of(request), pin=form.cleaned_data["pin"])
                push.look(lot_code=lot.code)
                messages.success(request, _("Your PIN is set. The lot has it in a moment."))
                return redirect("dashboard", code)
            except DomainError as error:
                show_refusal(form, error)
                status = error.status
    server = LotServer.objects.filter(lot=lot).first()
    context = {"lot": lot, "form": form, "booth_url": server.booth_url if server else ""}
    return render(request, "operations/pin.html", context, status=status)
