"""Emergency calls: taken, then resolved with a note."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from berth.kernel.errors import Conflict, DomainError
from hardware.domain import emergencies
from members.forms import show_refusal
from members.signed_in import member_of
from operations.access import staffed_lot
from operations.forms import ResolveForm
from operations.queries.calls import call_of


@login_required
@require_POST
def take_call(request: HttpRequest, code: str, call_id: uuid.UUID) -> HttpResponse:
    """Whoever is faster has it; the other is shown who."""
    call = call_of(staffed_lot(request, code), call_id)
    try:
        emergencies.acknowledge(call=call, by=member_of(request))
    except Conflict as error:
        messages.warning(request, str(error.message))
    return redirect("dashboard_call", code, call_id)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def call_page(request: HttpRequest, code: str, call_id: uuid.UUID) -> HttpResponse:
    """Everything one needs to help, and the note that ends it."""
    lot = staffed_lot(request, code)
    call = call_of(lot, call_id)
    form = ResolveForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            emergencies.resolve(call=call, by=member_of(request), note=form.cleaned_data["note"])
            messages.success(request, _("The call is resolved."))
            return redirect("dashboard", code)
        except DomainError as error:
            show_refusal(form, error)
            status = error.status
    return render(request, "operations/call.html", {"lot": lot, "call": call, "form": form}, status=status)
