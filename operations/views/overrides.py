"""Locks and gates moved by hand, each with a reason (invariant 3)."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from berth.kernel import live
from berth.kernel.errors import DomainError
from hardware.domain import cards, commands
from hardware.models import Controller, Grant, LockCommand
from lots.models import Gate, Lot, Spot
from members.forms import show_refusal
from members.signed_in import member_of
from operations.access import staffed_lot
from operations.forms import ControllerForm, OverrideForm
from operations.queries import cards as card_queries
from operations.queries import cars
from operations.queries.orders import orders_of
from operations.queries.pictures import last_seen
from operations.words import lock_words

Kind = LockCommand.Kind
OF_A_LOCK = (Kind.UNLOCK, Kind.RAISE, Kind.SELF_TEST)
OF_A_CONTROLLER = (Kind.SHOW_TEXT, Kind.ROTATE_KEY)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def bay(request: HttpRequest, code: str, bay_code: str) -> HttpResponse:
    """A bay: its lock, who has it, and opening, raising or testing by hand."""
    lot = staffed_lot(request, code)
    spot = get_object_or_404(Spot.objects.select_related("lock__controller"), lot=lot, code=bay_code)
    kind = request.POST.get("kind", "")
    given = {"kind": kind if kind in OF_A_LOCK else "", "spot": spot}
    form, status, done = _order(request, lot, given)
    if done and not request.headers.get("HX-Request"):
        return redirect("dashboard_bay", code, bay_code)
    now = timezone.now()
    grants = Grant.objects.filter(lot=lot, spot=spot, state=Grant.State.ACTIVE, valid_until__gt=now)
    lock = getattr(spot, "lock", None)
    grant = grants.select_related("member").order_by("valid_from").first()
    return _show(request, "bay", lot, status, {
        "spot": spot, "lock": lock, "lock_words": lock_words(lock), "form": form,
        "grant": grant, "card_out": card_queries.is_out(grant), "orders": orders_of(lot, spot=spot),
    })  # fmt: skip


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def gate(request: HttpRequest, code: str, gate_code: str) -> HttpResponse:
    """A gate, and opening it by hand."""
    lot = staffed_lot(request, code)
    the_gate = get_object_or_404(Gate, lot=lot, code=gate_code)
    form, status, done = _order(request, lot, {"kind": Kind.OPEN_GATE, "gate_code": gate_code})
    if done and not request.headers.get("HX-Request"):
        return redirect("dashboard_gate", code, gate_code)
    stock = card_queries.stock_of(the_gate)
    context = {
        "gate": the_gate, "stock": stock, "seen": last_seen(the_gate),
        "form": form, "orders": orders_of(lot, gate_code=gate_code),
    }  # fmt: skip
    return _show(request, "gate", lot, status, context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def controller(request: HttpRequest, code: str, controller_code: str) -> HttpResponse:
    """A controller: what its display shows for a minute, and a new key."""
    lot = staffed_lot(request, code)
    chosen = get_object_or_404(Controller.objects.prefetch_related("locks__spot"), lot=lot, code=controller_code)
    kind = request.POST.get("kind", "")
    given = {"kind": kind if kind in OF_A_CONTROLLER else "", "controller": chosen}
    form, status, done = _order(request, lot, given, ControllerForm)
    if done and not request.headers.get("HX-Request"):
        return redirect("dashboard_controller", code, controller_code)
    context = {"controller": chosen, "form": form, "orders": orders_of(lot, controller=chosen)}
    return _show(request, "controller", lot, status, context)


@login_required
@require_POST
def refill(request: HttpRequest, code: str, gate_code: str) -> HttpResponse:
    """The staff have put the cards from the bins into this gate's dispenser."""
    lot = staffed_lot(request, code)
    the_gate = get_object_or_404(Gate, lot=lot, code=gate_code)
    try:
        count = cards.refill(gate=the_gate, by=member_of(request))
        messages.success(request, _("%(count)s cards are on record in this dispenser again.") % {"count": count})
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("dashboard_gate", code, gate_code)


@login_required
@require_POST
def card_lost(request: HttpRequest, code: str, grant_id: uuid.UUID) -> HttpResponse:
    """The card of a car that is inside is lost: no controller takes it any more."""
    lot = staffed_lot(request, code)
    grant = get_object_or_404(Grant, lot=lot, pk=grant_id)
    try:
        card = cards.report_lost_of(subject_id=grant.subject_id)
        messages.success(request, _("Card %(card)s is on record as lost and opens nothing.") % {"card": card.chip_uid})
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("dashboard_bay", code, grant.spot.code)


@login_required
@require_POST
def let_in(request: HttpRequest, code: str, event_id: int) -> HttpResponse:
    """One tap for a car whose plate was read a little wrong: the gate opens for the booking that it is close to."""
    lot = staffed_lot(request, code)
    car = next((car for car in cars.unmatched(lot) if car.event_id == event_id and car.grant is not None), None)
    if car is None or car.grant is None:
        messages.warning(request, _("This car is no longer waiting."))
        return redirect("dashboard", code)
    reason = _("Read as %(read)s, let in as %(plate)s") % {"read": car.plate, "plate": "/".join(car.grant.plates)}
    try:
        commands.order(
            kind=Kind.OPEN_GATE, lot=lot, gate_code=car.gate, by=member_of(request), reason=reason, grant=car.grant
        )
        messages.success(request, _("The gate is told to open."))
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("dashboard", code)


def _order(
    request: HttpRequest, lot: Lot, given: dict[str, Any], form_class: type[OverrideForm] = OverrideForm
) -> tuple[OverrideForm, int, bool]:
    """The form after a possible POST, the answer's status, and whether an order was given."""
    form = form_class(request.POST or None)
    if request.method != "POST":
        return form, 200, False
    if not form.is_valid():
        return form, 422, False
    try:
        commands.order(lot=lot, by=member_of(request), **form.cleaned_data, **given)
    except DomainError as error:
        show_refusal(form, error)
        return form, 422, False
    if not request.headers.get("HX-Request"):  # htmx swaps the panel, where the order is seen under way
        messages.success(request, _("The order is on its way to the lot."))
    return form_class(), 200, True


def _show(request: HttpRequest, name: str, lot: Lot, status: int, context: dict[str, Any]) -> HttpResponse:
    """The panel alone where htmx asks for it, else a page around it."""
    template = f"operations/panels/{name}.html" if request.headers.get("HX-Request") else "operations/panel_page.html"
    context |= {"lot": lot, "panel": f"operations/panels/{name}.html", "token": live.token([f"lot.{lot.code}"])}
    return render(request, template, context, status=status)
