"""Accounts: found or made by a proved phone number or e-mail address."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import Conflict, InvalidInput
from members.domain.contact import Contact
from members.models import Member


def member_of(contact: Contact) -> Member | None:
    """The member with this phone number or e-mail address (whatever its case)."""
    member: Member | None = Member.objects.filter(**_match(contact)).order_by("pk").first()
    return member


def sign_in_or_up(*, contact: Contact, language: str) -> tuple[Member, bool]:
    """The member that just proved ``contact``, made if there is none; and whether it was made. Two at once make one."""
    member = member_of(contact)
    created = member is None
    if member is None:
        member, created = _make(contact, language)
    if contact.is_phone and not member.phone_verified:
        Member.objects.filter(pk=member.pk).update(phone_verified=True)
        member.phone_verified = True
    return member, created


def set_contact(*, member: Member, contact: Contact) -> None:
    """Give the member a phone number or e-mail address that was proved by a code. Raises Conflict if another has it."""
    holder = member_of(contact)
    if holder is not None and holder.pk != member.pk:
        raise _taken()
    changes: dict[str, Any] = (
        {"phone": contact.value, "phone_verified": True} if contact.is_phone else {"email": contact.value}
    )
    try:
        with transaction.atomic():
            Member.objects.filter(pk=member.pk).update(**changes)
    except IntegrityError:
        raise _taken() from None
    for name, value in changes.items():
        setattr(member, name, value)


def set_profile(*, member: Member, display_name: str, language: str) -> None:
    """What other members call this one, and the language of its messages."""
    Member.objects.filter(pk=member.pk).update(display_name=display_name.strip()[:60])
    set_language(member=member, language=language)


def set_language(*, member: Member, language: str) -> None:
    """The language of messages to this member. Raises InvalidInput for one that the site does not speak."""
    if language not in dict(settings.LANGUAGES):
        raise InvalidInput("language_unknown", _("Choose one of the languages."), fields={"language": _("Choose one.")})
    Member.objects.filter(pk=member.pk).exclude(language=language).update(language=language)


def _make(contact: Contact, language: str) -> tuple[Member, bool]:
    fields: dict[str, Any] = (
        {"phone": contact.value, "phone_verified": True} if contact.is_phone else {"email": contact.value}
    )
    try:
        with transaction.atomic():
            member = Member(language=language, **fields)
            member.set_unusable_password()
            member.save()
    except IntegrityError:
        found = member_of(contact)
        if found is None:
            raise
        return found, False
    return member, True


def _match(contact: Contact) -> dict[str, Any]:
    return {"phone": contact.value} if contact.is_phone else {"email__iexact": contact.value}


def _taken() -> Conflict:
    message = _("Another account uses this. Sign in with it, or write to us and we join the two.")
    return Conflict("contact_taken", message, fields={"contact": message})
