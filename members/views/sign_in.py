"""Sign in or sign up: one field, one code, in (ADR 0011)."""

from __future__ import annotations

from allauth.account.utils import get_next_redirect_url, perform_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from berth.kernel.errors import Conflict, DomainError, TooMany
from members.domain import accounts, codes
from members.forms import CodeForm, ContactForm, show_refusal
from members.models import Member

PURPOSE = "sign_in"


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Ask where the code shall go. Known and unknown people get the same answer."""
    next_url = get_next_redirect_url(request) or ""
    if request.user.is_authenticated:
        return redirect(next_url or resolve_url("home"))
    form = ContactForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            codes.request_code(request, contact=form.cleaned_data["contact"], purpose=PURPOSE, next_url=next_url)
            return redirect("account_code")
        except TooMany as error:
            show_refusal(form, error)
            status = error.status
    return render(request, "account/login.html", {"form": form, "next": next_url}, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def enter_code(request: HttpRequest) -> HttpResponseBase:
    """Take the code; the right one signs in, and makes the account of who has none."""
    if request.user.is_authenticated:
        return redirect("home")
    pending = codes.pending_code(request, PURPOSE)
    if pending is None:
        return redirect("account_login")
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            contact = codes.enter_code(request, pending, form.cleaned_data["code"])
            return _let_in(request, accounts.sign_in_or_up(contact=contact, language=get_language()), pending.next)
        except DomainError as error:
            show_refusal(form, error)
            status = error.status if isinstance(error, TooMany | Conflict) else 200
    over = codes.pending_code(request, PURPOSE) is None
    context = {"form": form, "pending": pending, "over": over, "again": _sign_in_url(pending.next)}
    return render(request, "account/code.html", context, status=status)


@require_POST
def resend_code(request: HttpRequest) -> HttpResponse:
    """A fresh code to the same recipient."""
    pending = codes.pending_code(request, PURPOSE)
    if pending is None:
        return redirect("account_login")
    codes.resend_code(request, pending)
    return redirect("account_code")


def sign_up(request: HttpRequest) -> HttpResponseRedirect:
    """There is no form of its own for new people: the code that signs in also signs up."""
    return HttpResponseRedirect(_sign_in_url(get_next_redirect_url(request) or ""))


def _let_in(request: HttpRequest, member_and_created: tuple[Member, bool], next_url: str) -> HttpResponse:
    member, created = member_and_created
    response: HttpResponse = perform_login(request, member, redirect_url=next_url or None, signup=created)
    return response


def _sign_in_url(next_url: str) -> str:
    address = reverse("account_login")
    return f"{address}?{urlencode({'next': next_url})}" if next_url else address
