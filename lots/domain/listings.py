"""An owner's offer of a spot: made, changed, shown and taken back. Bookings already made are never touched.

Each function locks the listing, checks the rules (lots.domain.listing_rules), writes, and brings the idle time along in
the same transaction. Refusals: NotAllowed for who is not the owner, InvalidInput with fields, Conflict for the state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from berth.kernel import live
from berth.kernel.errors import Conflict, InvalidInput
from lots.domain import idle_time, listing_rules
from lots.domain.listing_rules import BookingRules
from lots.domain.schedule import Window
from lots.models import IdleTime, Listing, ScheduleException, Spot, WeeklyWindow
from lots.models.listing import DAY_MINUTES
from members.models import Member

_State = Listing.State
LEGAL: dict[str, frozenset[str]] = {
    _State.DRAFT: frozenset({_State.PUBLISHED, _State.WITHDRAWN}),
    _State.PUBLISHED: frozenset({_State.PAUSED, _State.WITHDRAWN}),
    _State.PAUSED: frozenset({_State.PUBLISHED, _State.WITHDRAWN}),
    _State.WITHDRAWN: frozenset(),
}
"""State → the states that it may change to."""


@transaction.atomic
def create_listing(
    *,
    spot: Spot,
    by: Member,
    hourly_price_minor: int,
    day_cap_minor: int | None = None,
    note: str = "",
    windows: Iterable[tuple[int, int, int]] = (),
) -> Listing:
    """A draft for the member's own spot; Conflict if it has a listing. ``windows``: see schedule.Window."""
    listing_rules.only_the_owner_may_list(spot, by)
    listing_rules.price_is_right(hourly_price_minor, day_cap_minor)
    listing_rules.note_is_short(note)
    week = [Window(*window) for window in windows]
    listing_rules.windows_are_right(week)
    try:
        with transaction.atomic():
            listing = Listing.objects.create(
                spot=spot, owner=by, hourly_price_minor=hourly_price_minor, day_cap_minor=day_cap_minor, note=note
            )
    except IntegrityError as error:
        raise Conflict("listing_exists", _("This spot has a listing already. Change that one.")) from error
    _write_windows(listing, week)
    _changed(listing)
    return listing


@transaction.atomic
def set_schedule(*, listing: Listing, windows: Iterable[tuple[int, int, int]], by: Member) -> Listing:
    """Replace the weekly windows. A published listing needs some idle time left: pause it instead."""
    locked = _locked(listing, by)
    week = [Window(*window) for window in windows]
    listing_rules.windows_are_right(week)
    locked.windows.all().delete()
    _write_windows(locked, week)
    if locked.state == _State.PUBLISHED:
        listing_rules.has_idle_time(locked)
    _changed(locked)
    return locked


@transaction.atomic
def add_exception(
    *,
    listing: Listing,
    day: date,
    kind: str,
    by: Member,
    start_minute: int = 0,
    end_minute: int = DAY_MINUTES,
    reason: str = "",
) -> ScheduleException:
    """Close a date (or a part of it), or open it as well. ``kind``: ScheduleException.Kind."""
    locked = _locked(listing, by)
    if kind not in ScheduleException.Kind.values:
        message = _("Choose whether the spot is available or not.")
        raise InvalidInput("exception_kind", message, fields={"kind": message})
    listing_rules.span_is_within_a_day(start_minute, end_minute, field="end")
    listing_rules.exception_is_to_come(locked, day, end_minute)
    listing_rules.exception_is_apart(locked, day, start_minute, end_minute)
    exception = ScheduleException.objects.create(
        listing=locked, date=day, kind=kind, start_minute=start_minute, end_minute=end_minute, reason=reason[:120]
    )
    _changed(locked)
    return exception


@transaction.atomic
def remove_exception(*, listing: Listing, exception_id: int, by: Member) -> None:
    """The week holds again for that time. Removing what is gone changes nothing."""
    locked = _locked(listing, by)
    locked.exceptions.filter(pk=exception_id).delete()
    _changed(locked)


@transaction.atomic
def set_price(
    *, listing: Listing, hourly_price_minor: int, day_cap_minor: int | None, by: Member, note: str | None = None
) -> Listing:
    """The price of bookings from now on, and the note if given."""
    locked = _locked(listing, by)
    listing_rules.price_is_right(hourly_price_minor, day_cap_minor)
    locked.hourly_price_minor, locked.day_cap_minor = hourly_price_minor, day_cap_minor
    if note is not None:
        listing_rules.note_is_short(note)
        locked.note = note
    locked.save(update_fields=["hourly_price_minor", "day_cap_minor", "note", "updated_at"])
    _changed(locked)
    return locked


@transaction.atomic
def set_booking_rules(*, listing: Listing, rules: BookingRules, by: Member) -> Listing:
    """Notice, lengths, time between bookings and holidays, for bookings from now on."""
    locked = _locked(listing, by)
    listing_rules.booking_rules_are_right(rules)
    values = asdict(rules)
    for name, value in values.items():
        setattr(locked, name, value)
    locked.save(update_fields=[*values, "updated_at"])
    _changed(locked)
    return locked


@transaction.atomic
def publish(*, listing: Listing, by: Member) -> Listing:
    """Show the spot on the site. Publishing what is published changes nothing."""
    locked = _locked(listing, by)
    listing_rules.only_the_owner_may_list(locked.spot, by)
    listing_rules.has_idle_time(locked)
    return _change_state(locked, _State.PUBLISHED)


@transaction.atomic
def pause(*, listing: Listing, by: Member) -> Listing:
    """Take it from the site until it is published again."""
    return _change_state(_locked(listing, by), _State.PAUSED)


@transaction.atomic
def withdraw(*, listing: Listing, by: Member) -> Listing:
    """End the offer for good; the spot may then be listed anew."""
    return _change_state(_locked(listing, by, even_withdrawn=True), _State.WITHDRAWN)


def mark_sick(*, spot: Spot, since: datetime) -> bool:
    """The spot's lock fails: no search finds it until it is healthy. Bookings stay; a repeat keeps the first time.

    True where this changed something, here as in the three below.
    """
    return _mark(spot.pk, "sick_since", since)


def mark_healthy(*, spot: Spot) -> bool:
    """The lock works again: listed again as its listing says."""
    return _mark(spot.pk, "sick_since", None)


def mark_stranger(*, spot: Spot, since: datetime) -> bool:
    """A vehicle that nobody let on stands there: not sold while it does."""
    return _mark(spot.pk, "stranger_since", since)


def mark_clear(*, spot: Spot) -> bool:
    """The stranger has gone."""
    return _mark(spot.pk, "stranger_since", None)


def _mark(spot_id: int, name: str, since: datetime | None) -> bool:
    with transaction.atomic():
        others = Spot.objects.filter(pk=spot_id, **{f"{name}__isnull": since is not None})
        changed = bool(others.update(**{name: since}))
        if changed:
            _relist(spot_id)
    return changed


def _locked(listing: Listing, by: Member, *, even_withdrawn: bool = False) -> Listing:
    # NO KEY: a booking that is just being made refers to the listing, and waits for our idle time, not we for it.
    rows = Listing.objects.select_for_update(of=("self",), no_key=True).select_related("spot__lot")
    locked = rows.get(pk=listing.pk)
    listing_rules.only_the_owner_may_change(locked, by)
    if locked.state == _State.WITHDRAWN and not even_withdrawn:
        raise Conflict("listing_withdrawn", _("This listing was withdrawn. List the spot anew."))
    return locked


def _change_state(locked: Listing, state: str) -> Listing:
    if locked.state == state:
        return locked
    if state not in LEGAL[locked.state]:
        raise Conflict(
            "listing_state", _("A listing that is “%(state)s” cannot do this.") % {"state": locked.get_state_display()}
        )
    locked.state = state
    locked.save(update_fields=["state", "updated_at"])
    _changed(locked)
    return locked


def _write_windows(listing: Listing, windows: Iterable[Window]) -> None:
    WeeklyWindow.objects.bulk_create(WeeklyWindow(listing=listing, **window._asdict()) for window in windows)


def _changed(listing: Listing) -> None:
    idle_time.rebuild(listing.spot_id)
    code = listing.spot.lot.code
    live.publish(f"spots.{code}", f"lot.{code}")


def _relist(spot_id: int) -> None:
    row = IdleTime.objects.select_for_update().filter(spot_id=spot_id).first()
    listing = idle_time.current_listing(spot_id)
    if row is not None and listing is not None:
        IdleTime.objects.filter(pk=spot_id).update(listed=idle_time.is_listed(listing))
    code = Spot.objects.values_list("lot__code", flat=True).get(pk=spot_id)
    live.publish(f"spots.{code}", f"lot.{code}")
