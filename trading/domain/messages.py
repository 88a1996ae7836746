"""What people are told about a booking, each once, in their own language, in the transaction that causes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from berth.design.money_words import money_text
from berth.kernel.money import Money
from members.domain import outbox
from members.models import Member, OutboxMessage
from trading.models import Booking, Stay


def confirmed(booking: Booking) -> None:
    """To the renter and to the owner."""
    _tell(booking.renter, f"{booking.pk}:confirmed:renter", lambda: _confirmed_to_renter(booking))
    _tell(booking.listing.owner, f"{booking.pk}:confirmed:owner", lambda: _confirmed_to_owner(booking))


def paid_back(booking: Booking, amount: Money, *, key: str) -> None:
    """A payment came for which there is no spot: to the renter."""

    def words() -> tuple[str, str]:
        return (
            _("Your payment of %(amount)s goes back") % {"amount": money_text(amount)},
            _(
                "Your payment for %(place)s, %(time)s, could not be used: the spot was no longer held for you, or it "
                "was paid twice. %(amount)s goes back to where it came from. Nothing else is needed from you."
            )
            % {"place": place(booking), "time": when(booking), "amount": money_text(amount)},
        )

    _tell(booking.renter, f"{booking.pk}:paid_back:{key}", words)


def cancelled(booking: Booking, refund: Money) -> None:
    """To the renter and to the owner."""

    def to_renter() -> tuple[str, str]:
        text = _("Your booking %(reference)s for %(place)s, %(time)s, is cancelled.") % _facts(booking)
        if refund.minor:
            text += " " + _("%(amount)s goes back to where it came from.") % {"amount": money_text(refund)}
        return _("Booking cancelled: %(place)s") % _facts(booking), text

    def to_owner() -> tuple[str, str]:
        text = _(
            "The booking of your spot %(place)s, %(time)s, was cancelled by the renter. The time is on offer again."
        )
        return _("Booking cancelled: %(place)s") % _facts(booking), text % _facts(booking)

    _tell(booking.renter, f"{booking.pk}:cancelled:renter", to_renter)
    _tell(booking.listing.owner, f"{booking.pk}:cancelled:owner", to_owner)


def completed(booking: Booking, stay: Stay) -> None:
    """To the renter: the car is out, with the way to the receipt."""

    def words() -> tuple[str, str]:
        facts = _facts(booking) | {"link": _link("receipt", booking)}
        text = _("You have left %(place)s. Thank you, drive safely. Your receipt: %(link)s") % facts
        if stay.overstay_minutes:
            text += " " + _("You left %(minutes)s minutes after the end of your time.") % {
                "minutes": stay.overstay_minutes
            }
        return _("Thank you: %(place)s") % facts, text

    _tell(booking.renter, f"{booking.pk}:completed", words)


def not_used(booking: Booking) -> None:
    """To the renter: the time is over and no car came."""

    def words() -> tuple[str, str]:
        text = _(
            "Your time at %(place)s, %(time)s, is over and your car did not come. The spot was kept for you to the end."
        )
        return _("Booking not used: %(place)s") % _facts(booking), text % _facts(booking)

    _tell(booking.renter, f"{booking.pk}:not_used", words)


def place(booking: Booking) -> str:
    return f"{booking.lot.name} {booking.spot.code}"


def when(booking: Booking) -> str:
    """Both ends with date and time in the lot's zone: a message is read on another day than it was written."""
    here, there = booking.start.astimezone(booking.lot.zone), booking.end.astimezone(booking.lot.zone)
    if here.date() == there.date():
        return f"{_day(here)} {here:%H:%M}–{there:%H:%M}"
    return f"{_day(here)} {here:%H:%M} – {_day(there)} {there:%H:%M}"


def _confirmed_to_renter(booking: Booking) -> tuple[str, str]:
    facts = _facts(booking) | {"link": _link("booking", booking), "plate": booking.vehicle or ""}
    if booking.vehicle is None:
        text = _("%(place)s is yours %(time)s. Add your plate so that the gate knows your car: %(link)s")
    else:
        text = _("%(place)s is yours %(time)s. The gate expects %(plate)s. The way, your card and your spot: %(link)s")
    return _("Booked: %(place)s, %(time)s") % facts, text % facts


def _confirmed_to_owner(booking: Booking) -> tuple[str, str]:
    earning = Money(booking.amount_minor - booking.service_fee_minor, booking.currency)
    facts = _facts(booking) | {"price": money_text(earning)}
    return (
        _("Your spot is booked: %(place)s, %(time)s") % facts,
        _("Your spot %(place)s is booked %(time)s for %(price)s. Your share follows when the car has left.") % facts,
    )


def _facts(booking: Booking) -> dict[str, object]:
    return {"place": place(booking), "time": when(booking), "reference": booking.reference}


def _day(local: datetime) -> str:
    style = pgettext("date in a message, PHP-like format", "j M Y")
    return date_format(local, style)


def _link(name: str, booking: Booking) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=[booking.pk])}"


def _tell(member: Member, key: str, words: Callable[[], tuple[str, str]]) -> None:
    """By text message where we have a phone number, else by e-mail; a member without either reads it on the site."""
    channel, recipient = (
        (OutboxMessage.Channel.SMS, str(member.phone)) if member.phone else (OutboxMessage.Channel.EMAIL, member.email)
    )
    if not recipient:
        return
    with override(member.language):
        subject, body = words()
    outbox.send(channel=channel, recipient=recipient, subject=subject, body=body, dedupe_key=f"booking:{key}")
