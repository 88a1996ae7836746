"""The all-in price of a spot for a time, signed, so that the first price shown is the last (leap 12)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core import signing
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import Conflict, InvalidInput
from berth.kernel.money import Money
from lots.domain.listing_rules import period_suits
from lots.domain.pricing import PriceLine, base_price
from lots.models import Listing, Lot, Spot
from lots.queries.search_input import check_period
from members.models import Member

QUOTE_SECONDS = 600
"""How long a quote is good for."""
_SALT = "berth.quote"


@dataclass(frozen=True, slots=True)
class Quote:
    """``amount`` = sum of ``lines``, the service fee among them. ``token`` is what a booking is made with."""

    listing: Listing
    spot: Spot
    start: datetime
    end: datetime
    lines: list[PriceLine]
    amount: Money
    fee_minor: int
    token: str

    @property
    def lot(self) -> Lot:
        return self.spot.lot

    @property
    def lines_as_json(self) -> list[dict[str, Any]]:
        """The shape that a booking keeps (Booking.quote_lines)."""
        return lines_as_json(self.lines)


def lines_as_json(lines: list[PriceLine]) -> list[dict[str, Any]]:
    return [
        {"kind": line.kind, "text_zh": line.text_zh, "text_en": line.text_en, "amount_minor": line.amount_minor}
        for line in lines
    ]


def price_lines(
    *, lot: Lot, hourly_price_minor: int, day_cap_minor: int | None, start: datetime, end: datetime
) -> list[PriceLine]:
    """Every line that a renter pays: the spot's price per day, then the service fee where the lot has one."""
    lines = base_price(
        hourly_price_minor=hourly_price_minor, day_cap_minor=day_cap_minor, start=start, end=end, zone=lot.zone
    )
    fee = (sum(line.amount_minor for line in lines) * lot.service_fee_bp + 5_000) // 10_000
    if fee:
        lines = [*lines, PriceLine(kind="service_fee", text_zh="服务费", text_en="Service fee", amount_minor=fee)]
    return lines


def total(lines: list[PriceLine]) -> int:
    """What the renter pays, in minor units: search, spot page, checkout, cashier and receipt all say this."""
    return sum(line.amount_minor for line in lines)


def make_quote(*, spot: Spot, start: datetime, end: datetime, member: Member | None) -> Quote:
    """Price a spot for [start, end). Raises InvalidInput for the times, Conflict where the spot is not offered."""
    check_period(start, end)
    listing = Listing.objects.filter(spot=spot, state=Listing.State.PUBLISHED, spot__lot__published=True).first()
    if listing is None or not spot.can_be_sold:
        raise Conflict("not_offered", _("This spot is not offered at the moment. Nearby spots may be."))
    if member is not None and listing.owner_id == member.pk:
        raise Conflict("own_spot", _("This is your own spot: set the time aside for yourself in its calendar instead."))
    period_suits(listing, start, end)
    return _signed(_priced(listing, spot, start, end, listing.hourly_price_minor, listing.day_cap_minor), listing)


def read_token(token: str) -> dict[str, Any]:
    """What a quote's token says. Raises InvalidInput ``quote_invalid``, Conflict ``quote_expired``."""
    try:
        said: dict[str, Any] = signing.loads(token, salt=_SALT, max_age=QUOTE_SECONDS)
    except signing.SignatureExpired as error:
        raise expired() from error
    except signing.BadSignature as error:
        raise InvalidInput(
            "quote_invalid", _("This price did not come from us. Choose the spot and time again.")
        ) from error
    return said


def period_of(said: dict[str, Any]) -> tuple[datetime, datetime]:
    return datetime.fromtimestamp(said["start"], UTC), datetime.fromtimestamp(said["end"], UTC)


def open_quote(token: str) -> Quote:
    """The quote of one spot that was signed, at the price that was signed: a later change of the listing's price does
    not touch it.

    Raises InvalidInput ``quote_invalid`` for a token that is not ours, Conflict ``quote_expired`` for an old one or
    one whose listing is gone.
    """
    return opened(read_token(token), token)


def opened(said: dict[str, Any], token: str) -> Quote:
    """The same from what the token says."""
    listing = Listing.objects.select_related("spot__lot").filter(pk=said["listing"]).first()
    if listing is None or listing.state != Listing.State.PUBLISHED:
        raise expired()
    start, end = period_of(said)
    quote = replace(_priced(listing, listing.spot, start, end, said["hourly"], said["cap"]), token=token)
    if quote.amount != Money(said["amount"], said["currency"]):
        raise expired()  # the lot changed its fee or the rules changed under way
    return quote


def quote_at(*, spot_id: int, start: datetime, end: datetime, most: Money) -> Quote:
    """The present price of a spot that was taken out of several; Conflict where it is more than was shown."""
    listing = Listing.objects.select_related("spot__lot").get(spot_id=spot_id, state=Listing.State.PUBLISHED)
    quote = _priced(listing, listing.spot, start, end, listing.hourly_price_minor, listing.day_cap_minor)
    if quote.amount.currency != most.currency or quote.amount.minor > most.minor:
        raise expired()
    return quote


def expired() -> Conflict:
    return Conflict("quote_expired", _("The price was held for 10 minutes. Look at the current price and book again."))


def sign(said: dict[str, Any]) -> str:
    return signing.dumps(said, salt=_SALT)


def valid_until(made_at: datetime) -> datetime:
    return made_at + timedelta(seconds=QUOTE_SECONDS)


def _priced(listing: Listing, spot: Spot, start: datetime, end: datetime, hourly: int, cap: int | None) -> Quote:
    lot = spot.lot
    lines = price_lines(lot=lot, hourly_price_minor=hourly, day_cap_minor=cap, start=start, end=end)
    fee = sum(line.amount_minor for line in lines if line.kind == "service_fee")
    return Quote(listing, spot, start, end, lines, Money(total(lines), lot.currency), fee, token="")


def _signed(quote: Quote, listing: Listing) -> Quote:
    said = {
        "listing": listing.pk,
        "spot": quote.spot.pk,
        "hold": quote.spot.lot.hold_minutes,
        "hourly": listing.hourly_price_minor,
        "cap": listing.day_cap_minor,
        "start": int(quote.start.timestamp()),
        "end": int(quote.end.timestamp()),
        "amount": quote.amount.minor,
        "currency": quote.amount.currency,
    }
    return replace(quote, token=sign(said))
