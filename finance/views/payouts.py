"""What a member can be paid, was paid, and where to."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from berth.kernel.errors import InvalidInput
from finance.domain.payout_destinations import set_destination
from finance.forms import DestinationForm, StatementForm
from finance.models import PayoutDestination
from finance.queries import payouts_of, releases_of
from members.signed_in import member_of

PAYOUTS_A_PAGE = 20


@never_cache
@login_required
@require_safe
def payouts(request: HttpRequest) -> HttpResponse:
    return _page(request)


@login_required
@require_POST
def payout_destination(request: HttpRequest) -> HttpResponse:
    form = DestinationForm(request.POST)
    if form.is_valid():
        try:
            set_destination(member=member_of(request), **form.cleaned_data)
            messages.success(request, _("Payouts go there from now on."))
            return redirect("payouts")
        except InvalidInput as error:
            for name, message in error.fields.items():
                form.add_error(name, str(message))
    return _page(request, form)


def _page(request: HttpRequest, form: DestinationForm | None = None) -> HttpResponse:
    member, today = member_of(request), timezone.localdate()
    context = {
        "releases": releases_of(member),
        "page": Paginator(payouts_of(member), PAYOUTS_A_PAGE).get_page(request.GET.get("page")),
        "destination": PayoutDestination.objects.filter(member=member, retired_at=None).first(),
        "form": form or DestinationForm(),
        "statement_form": StatementForm(initial={"first": today.replace(day=1), "last": today}),
    }
    return render(request, "finance/payouts.html", context, status=422 if form and form.errors else 200)
