"""An owner's spots, and the page on which a spot is offered."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from berth.kernel.errors import DomainError
from lots.domain import listings
from lots.forms.listing import NewListingForm
from lots.forms.refusals import show_refusal
from lots.forms.week import WeekForm
from lots.models import Listing
from lots.queries.owner import own_spots
from members.models import Member
from members.signed_in import member_of


@never_cache
@login_required
@require_safe
def owner_listings(request: HttpRequest) -> HttpResponse:
    return render(request, "lots/owner_listings.html", {"own": own_spots(member_of(request))})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def owner_listing_new(request: HttpRequest) -> HttpResponse:
    """One form: which spot, when, for how much. ``?spot=<id>`` chooses the spot beforehand."""
    member = member_of(request)
    own = own_spots(member)
    free = [one.spot for one in own if one.listing is None]
    if not free:
        return render(request, "lots/owner_listing_new.html", {"own": own})
    sent = request.POST if request.method == "POST" else None
    chosen = request.GET.get("spot", "")
    known = chosen if chosen in {str(spot.pk) for spot in free} else str(free[0].pk)
    form = NewListingForm(sent, spots=free, initial={"spot": known})
    week = WeekForm(sent)
    status = 200
    if sent is not None:
        listing = _create(form, week, member, publish="draft" not in sent)
        if listing is not None:
            messages.success(request, _("Published.") if listing.state == Listing.State.PUBLISHED else _("Saved."))
            return redirect("owner_listing", listing.pk)
        status = 422
    context = {"form": form, "week": week, "own": own}
    return render(request, "lots/owner_listing_new.html", context, status=status)


def _create(form: NewListingForm, week: WeekForm, member: Member, *, publish: bool) -> Listing | None:
    """The new listing, or None with the faults shown in the forms. Nothing stays of one that cannot be published."""
    valid = form.is_valid()
    if not week.is_valid():
        form.add_error(None, _("Some of the times need mending: they are marked below."))
        valid = False
    if not valid:
        return None
    try:
        with transaction.atomic():
            listing = listings.create_listing(spot=form.chosen, by=member, windows=week.windows, **form.amounts)
            return listings.publish(listing=listing, by=member) if publish else listing
    except DomainError as error:
        show_refusal(error, form, week)
        return None
