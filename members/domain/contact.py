"""A phone number or an e-mail address, as people type it."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import InvalidInput, Text
from members.models import OutboxMessage

Channel = OutboxMessage.Channel


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a member can be reached: E.164 for a phone number, lower case for an e-mail address."""

    channel: str
    """A value of OutboxMessage.Channel."""
    value: str

    @property
    def is_phone(self) -> bool:
        return self.channel == Channel.SMS

    @property
    def shown(self) -> str:
        """As people read it: home numbers in the national form, others in the international one."""
        if not self.is_phone:
            return self.value
        number = phonenumbers.parse(self.value)
        at_home = phonenumbers.region_code_for_number(number) == settings.PHONENUMBER_DEFAULT_REGION
        form = phonenumbers.PhoneNumberFormat
        return phonenumbers.format_number(number, form.NATIONAL if at_home else form.INTERNATIONAL)


def read_contact(text: str, *, field: str = "contact") -> Contact:
    """What ``text`` means. National numbers are of settings.PHONENUMBER_DEFAULT_REGION; others start with +.

    Raises InvalidInput with the reason beside ``field``.
    """
    text = text.strip()
    if not text:
        raise _refusal(field, _("Enter your phone number or e-mail address."))
    return _read_email(text, field) if "@" in text or "＠" in text else _read_phone(text, field)


def _read_email(text: str, field: str) -> Contact:
    address = text.replace("＠", "@").lower()
    try:
        validate_email(address)
    except ValidationError:
        raise _refusal(field, _("This e-mail address is not complete. It looks like name@example.com.")) from None
    return Contact(Channel.EMAIL, address)


def _read_phone(text: str, field: str) -> Contact:
    try:
        number = phonenumbers.parse(text, settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or any(character.isalpha() for character in text):
        raise _refusal(field, _("This is neither a phone number nor an e-mail address."))
    if not phonenumbers.is_valid_number(number):
        raise _refusal(
            field, _("This phone number does not exist. For a number outside China, start with + and the country code.")
        )
    if phonenumbers.number_type(number) in _CANNOT_GET_TEXTS:
        raise _refusal(field, _("This is a landline. Enter a mobile number: the code comes as a text message."))
    return Contact(Channel.SMS, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


_CANNOT_GET_TEXTS = {
    phonenumbers.PhoneNumberType.FIXED_LINE,
    phonenumbers.PhoneNumberType.TOLL_FREE,
    phonenumbers.PhoneNumberType.PREMIUM_RATE,
}


def _refusal(field: str, message: Text) -> InvalidInput:
    return InvalidInput("contact_invalid", message, fields={field: message})
