"""A member's own page: name, language, phone number and e-mail address."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from berth.kernel.errors import DomainError, TooMany
from members.domain import accounts, codes
from members.domain.contact import Contact
from members.forms import CodeForm, ContactForm, ProfileForm, show_refusal
from members.language import remember_language
from members.models import Member
from members.signed_in import member_of

PURPOSE = "contact"


@login_required
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    member = member_of(request)
    initial = {"display_name": member.display_name, "language": member.language}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        accounts.set_profile(member=member, **form.cleaned_data)
        translation.activate(form.cleaned_data["language"])
        messages.success(request, _("Saved."))
        return remember_language(redirect("account"), form.cleaned_data["language"])
    return render(request, "members/account.html", {"form": form, "member": member, **_contacts(member)})


@login_required
@require_http_methods(["GET", "POST"])
def change_contact(request: HttpRequest) -> HttpResponse:
    """Ask for a new phone number or e-mail address; a code goes there first."""
    form = ContactForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            codes.request_code(request, contact=form.cleaned_data["contact"], purpose=PURPOSE)
            return redirect("account_contact_code")
        except TooMany as error:
            show_refusal(form, error)
            status = error.status
    return render(request, "members/contact.html", {"form": form}, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def confirm_contact(request: HttpRequest) -> HttpResponse:
    """Take the code, then the address is the member's."""
    pending = codes.pending_code(request, PURPOSE)
    if pending is None:
        return redirect("account_contact")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            contact = codes.enter_code(request, pending, form.cleaned_data["code"])
            accounts.set_contact(member=member_of(request), contact=contact)
            messages.success(request, _("%(contact)s is confirmed.") % {"contact": contact.shown})
            return redirect("account")
        except DomainError as error:
            show_refusal(form, error)
    over = codes.pending_code(request, PURPOSE) is None
    return render(request, "members/contact_code.html", {"form": form, "pending": pending, "over": over})


@login_required
@require_POST
def resend_contact_code(request: HttpRequest) -> HttpResponse:
    pending = codes.pending_code(request, PURPOSE)
    if pending is None:
        return redirect("account_contact")
    codes.resend_code(request, pending)
    return redirect("account_contact_code")


def _contacts(member: Member) -> dict[str, Contact | None]:
    phone = Contact("sms", member.phone.as_e164) if member.phone else None
    return {"phone": phone, "email": Contact("email", member.email) if member.email else None}
