"""Where members are paid: set by themselves, never changed in place, its number sealed."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import InvalidInput
from berth.kernel.sealing import seal
from finance.models import PayoutDestination
from members.models import Member

Channel = PayoutDestination.Channel
_PATTERNS: dict[str, tuple[str, Promise]] = {
    Channel.BANK: (r"\d{12,19}", _("A bank card number has 12 to 19 digits.")),
    Channel.ALIPAY: (
        r"1\d{10}|[^@\s]{1,64}@[^@\s]{1,64}",
        _("Enter the phone number or e-mail address of the account."),
    ),
    Channel.WECHAT: (r"[A-Za-z0-9_-]{6,64}", _("Enter the WeChat identifier of the account.")),
    Channel.STRIPE: (r"acct_[A-Za-z0-9]{8,64}", _("A Stripe account begins with acct_.")),
}


def set_destination(*, member: Member, channel: str, holder: str, number: str) -> PayoutDestination:
    """Pay this member here from now on; payouts under way keep their destination.

    Raises InvalidInput with the fields ``channel``, ``holder``, ``number``.
    """
    holder, number = " ".join(holder.split()), re.sub(r"[\s]", "", number)
    _check(channel, holder, number)
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        PayoutDestination.objects.filter(member=member, retired_at=None).update(retired_at=timezone.now())
        return PayoutDestination.objects.create(
            member=member, channel=channel, holder=holder, number_sealed=seal(number), number_end=number[-4:]
        )


def _check(channel: str, holder: str, number: str) -> None:
    faults: dict[str, str | Promise] = {}
    if channel not in _PATTERNS:
        faults["channel"] = _("Choose where you want to be paid.")
    elif not re.fullmatch(_PATTERNS[channel][0], number):
        faults["number"] = _PATTERNS[channel][1]
    elif channel == Channel.BANK and not passes_luhn(number):
        faults["number"] = _("This bank card number has a typing mistake.")
    if not 2 <= len(holder) <= 80:
        faults["holder"] = _("Enter the name of the account's holder.")
    if faults:
        raise InvalidInput("payout_destination", _("Please correct what is marked."), fields=faults)


def passes_luhn(digits: str) -> bool:
    """The check digit of bank cards (ISO/IEC 7812-1, annex B)."""
    doubled = [sum(divmod(int(digit) * 2, 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(int(digit) for digit in digits[::-2])) % 10 == 0
