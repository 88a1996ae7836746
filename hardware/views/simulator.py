"""The simulated lots: a page that shows what stands and moves there, and lets a person play driver and fate."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from berth.kernel.errors import DomainError, InvalidInput
from berth.kernel.plates import normalise
from hardware.queries import expected_arrivals, simulated
from lots.models import Lot

TEXTS = ("gate", "controller", "spot")
"""Arguments that are codes, passed on as they are."""
ACTED = "simulator:acted"
LONGEST = 40


@require_safe
def simulator_home(request: HttpRequest) -> HttpResponse:
    """The first lot's page."""
    lot = _lots().first()
    if lot is None:
        raise Http404
    return redirect("simulator", lot.code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def simulator(request: HttpRequest, code: str) -> HttpResponse:
    """GET: the page. POST: an action; answers with the new state (htmx) or the page."""
    lot = get_object_or_404(_lots(), code=code)
    if request.method == "POST":
        return _act(request, lot)
    return render(request, "hardware/simulator.html", _context(lot) | {"lots": _lots()})


@never_cache
@require_safe
def simulator_state(request: HttpRequest, code: str) -> HttpResponse:
    """What can be seen now; 204 as long as it is what the page shows already (``seen``)."""
    lot = get_object_or_404(_lots(), code=code)
    context = _context(lot)
    if context["version"] == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "hardware/parts/simulated.html", context)


def _act(request: HttpRequest, lot: Lot) -> HttpResponse:
    refusal = ""
    try:
        simulated.act(lot, request.POST.get("action", "")[:LONGEST], _arguments(request))
    except DomainError as error:
        refusal = str(error.message)
    if not request.headers.get("HX-Request"):
        if refusal:
            messages.error(request, refusal)
        return redirect("simulator", lot.code)
    response = render(request, "hardware/parts/answer.html", {"refusal": refusal})
    response["HX-Trigger"] = ACTED
    return response


def _arguments(request: HttpRequest) -> dict[str, Any]:
    """What the action is about. Raises InvalidInput for a plate that is none."""
    arguments: dict[str, Any] = {name: request.POST[name][:LONGEST] for name in TEXTS if request.POST.get(name)}
    if "plate" in request.POST:
        plate = normalise(request.POST["plate"])
        if not 1 < len(plate) <= 12:
            raise InvalidInput("plate", _("Enter a plate, for example 粤B12345."))
        arguments["plate"] = plate
    if request.POST.get("line", "").isdecimal():
        arguments["line"] = int(request.POST["line"][:3])
    if "rate" in request.POST:
        arguments["rate"] = {"off": 0, "some": 0.0005, "much": 0.005}.get(request.POST["rate"], 0)
    return arguments


def _context(lot: Lot) -> dict[str, Any]:
    """The page's content; without the simulator its ``away`` says so."""
    try:
        view = simulated.view_of(lot, simulated.state_of(lot))
    except DomainError as error:
        return {"lot": lot, "away": error.message, "version": "away"}
    known = {car["plate"]: car["where"] for car in view["cars"]}
    arrivals = [
        {"plate": plate, "grant": grant}
        for grant in expected_arrivals(lot)
        for plate in grant.plates
        if known.get(plate, "outside") == "outside"
    ]
    return {"lot": lot, "arrivals": arrivals, **view}


def _lots() -> Any:
    """Lots that have hardware; none where nothing is simulated."""
    if not settings.SIMULATOR_URL:
        raise Http404
    return Lot.objects.filter(controllers__isnull=False).distinct().order_by("code")
