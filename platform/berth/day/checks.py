"""The day looked at from outside, when it is over: what must be true of it, whatever happened in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.db.models import Count, Max, Min, Sum

from berth.day.ground import Ground
from berth.day.tale import Outcome, Tale
from finance.models import Account, JournalEntry
from finance.queries import trial_balance
from hardware.models import AccessCard, EmergencyCall, LockCommand, LotEvent, LotServer
from lots.domain.idle_check import check_idle_time
from trading.domain.timeline import chain_holds
from trading.models import Booking, BookingState, Evidence, Stay

PARKED = frozenset({Outcome.COMPLETED, Outcome.RESCUED, Outcome.EMERGENCY})
ONCE = ("held", "paid", "confirmed", "card_issued", "entered", "left", "settled")
"""Lines that the timeline of a stay has exactly once."""


@dataclass(frozen=True, slots=True)
class Check:
    """``faults`` is empty where it holds; ``seen`` says what was looked at."""

    name: str
    seen: str
    faults: Sequence[str]

    @property
    def holds(self) -> bool:
        return not self.faults


@dataclass(frozen=True, slots=True)
class Before:
    """How things stood when the day began."""

    at: datetime
    escrow: int
    cards: dict[str, int]


def escrow() -> int:
    """What the platform holds for bookings that are not settled, in minor units."""
    balances = Account.objects.filter(kind=Account.Kind.ESCROW).values_list("balance_minor", flat=True)
    return -sum(balances)


def cards_of(lot: Ground) -> int:
    """Every card that one can lay a hand on."""
    machines = sum(
        gate["cards"] + gate["collected"] + sum(gate[f"card_{at}"] for at in ("in_slot", "at_reader", "at_mouth"))
        for gate in lot.state["gates"]
    )
    held = sum(1 for car in lot.state["cars"] if car["card"])
    return int(machines + held + len(lot.state["lost_cards"]))


def check(tales: Sequence[Tale], lots: Sequence[Ground], before: Before) -> list[Check]:
    """All checks."""
    checks: list[Callable[[], Check]] = [
        lambda: _stories_as_told(tales),
        lambda: _timelines(tales),
        lambda: _books(tales, before),
        lambda: _no_double_occupancy(lots, before),
        lambda: _events_once(lots),
        lambda: _readings_once(lots, before),
        lambda: _cards(lots, before),
        lambda: _calls(tales, lots, before),
        lambda: _orders(lots, before),
        lambda: _locks(lots),
        _idle_time,
    ]
    return [make() for make in checks]


def bookings_of(tales: Iterable[Tale]) -> dict[object, Booking]:
    ids = [tale.booking_id for tale in tales]
    return {booking.pk: booking for booking in Booking.objects.filter(pk__in=ids).select_related("lot", "spot")}


def _stories_as_told(tales: Sequence[Tale]) -> Check:
    """The platform's record of each booking says what its story says."""
    known = bookings_of(tales)
    faults = []
    for tale in tales:
        booking = known.get(tale.booking_id)
        state = booking.state if booking else None
        wanted = _state_after(tale)
        if tale.outcome is not Outcome.UNEXPLAINED and state not in wanted:
            faults.append(f"{tale.plate} {tale.planned.story}: {tale.outcome}, but the booking is {state}")
    return Check("each story is what the platform has on record", f"{len(tales)} stories", faults)


def _state_after(tale: Tale) -> set[str | None]:
    if tale.outcome in PARKED:
        return {BookingState.COMPLETED}
    if tale.outcome is Outcome.NOT_USED:
        return {BookingState.NO_SHOW}
    return {BookingState.CANCELLED, None} if tale.outcome is Outcome.REFUSED else {BookingState.CANCELLED}


def _timelines(tales: Sequence[Tale]) -> Check:
    faults = []
    known = bookings_of(tales)
    for tale in tales:
        if tale.booking_id not in known:
            continue
        lines = list(Evidence.objects.filter(booking_id=tale.booking_id).order_by("position"))
        if not chain_holds(lines):
            faults.append(f"{tale.plate}: the chain is broken")
        if tale.outcome in PARKED:
            counts = Counter(line.kind for line in lines)
            faults += [f"{tale.plate}: {kind} {counts[kind]} times" for kind in ONCE if counts[kind] != 1]
            if not counts["lock_opened"] and not counts["override"]:
                faults.append(f"{tale.plate}: nothing says who opened the lock")
    return Check("each stay has its timeline, whole and in order", f"{len(known)} timelines", faults)


def _books(tales: Sequence[Tale], before: Before) -> Check:
    faults = [f"{currency}: {total} too much" for currency, total in trial_balance().items() if total]
    entries = JournalEntry.objects.filter(posted_at__gte=before.at).annotate(sum=Sum("legs__amount_minor"))
    faults += [f"{entry.reference} does not balance" for entry in entries if entry.sum]
    open_states = (BookingState.CONFIRMED, BookingState.ACTIVE)
    kept = sum(booking.amount_minor for booking in bookings_of(tales).values() if booking.state in open_states)
    grown = escrow() - before.escrow
    if grown != kept:
        faults.append(f"escrow grew by {grown}, open bookings of the day are {kept}")
    return Check("the ledger balances, and nothing stays in escrow", f"{len(entries)} entries", faults)


def _no_double_occupancy(lots: Sequence[Ground], before: Before) -> Check:
    stays = Stay.objects.filter(entered_at__gte=before.at, booking__lot__code__in=[lot.code for lot in lots])
    spots: dict[str, list[Stay]] = {}
    for stay in stays.select_related("booking__spot__lot").order_by("unlocked_at"):
        if stay.unlocked_at:
            spots.setdefault(str(stay.booking.spot), []).append(stay)
    faults = [
        f"{spot}: {first.booking} and {second.booking}"
        for spot, all_stays in spots.items()
        for first, second in pairwise(all_stays)
        if first.left_at is None or (second.unlocked_at and first.left_at > second.unlocked_at)
    ]
    return Check("no spot had two cars at a time", f"{len(stays)} stays on {len(spots)} spots", faults)


def _events_once(lots: Sequence[Ground]) -> Check:
    faults, total = [], 0
    for lot in lots:
        rows = LotEvent.objects.filter(lot__code=lot.code)
        told = rows.aggregate(n=Count("pk"), first=Min("sequence"), last=Max("sequence"))
        total += told["n"]
        if told["n"] and told["last"] - told["first"] + 1 != told["n"]:
            faults.append(f"{lot.code}: {told['n']} events from {told['first']} to {told['last']}")
        if told["last"] != LotServer.objects.get(lot__code=lot.code).last_sequence:
            faults.append(f"{lot.code}: last event {told['last']}, but another is noted")
    return Check("each lot event arrived exactly once", f"{total} events", faults)


def _readings_once(lots: Sequence[Ground], before: Before) -> Check:
    """A camera's post counts once, however often it came; a card serves one stay at a time."""
    events = LotEvent.objects.filter(lot__code__in=[lot.code for lot in lots], occurred_at__gte=before.at)
    twice = events.filter(kind="plate_read").values("lot__code", "payload__camera_event").annotate(n=Count("pk"))
    faults = [f"{row['lot__code']}: reading {row['payload__camera_event']}" for row in twice if row["n"] > 1]
    for kind in ("card_issued", "vehicle_entered", "vehicle_left"):
        grants = events.filter(kind=kind).values("grant_id").annotate(n=Count("pk"))
        faults += [f"{kind} {row['n']} times for grant {row['grant_id']}" for row in grants if row["n"] > 1]
    return Check("each reading and each passage counted once", f"{events.count()} events of the day", faults)


def _cards(lots: Sequence[Ground], before: Before) -> Check:
    faults = []
    for lot in lots:
        there = cards_of(lot)
        if there != before.cards[lot.code]:
            faults.append(f"{lot.code}: {there} cards, {before.cards[lot.code]} in the morning")
        held = {car["card"] for car in lot.state["cars"] if car["card"] and car["place"] != "outside"}
        out = AccessCard.objects.filter(lot__code=lot.code, state=AccessCard.State.ISSUED)
        lost = set(lot.state["lost_cards"])
        faults += [
            f"{lot.code}: card {card.chip_uid} is out for a stay that is over"
            for card in out.filter(grant__state="revoked", state_at__gte=before.at)
            if card.chip_uid not in held | lost
        ]
    return Check("every card is accounted for", f"{sum(before.cards.values())} cards", faults)


def _calls(tales: Sequence[Tale], lots: Sequence[Ground], before: Before) -> Check:
    """Each call belongs to a story that explains it, and somebody has answered it."""
    calls = EmergencyCall.objects.filter(raised_at__gte=before.at, lot__code__in=[lot.code for lot in lots])
    faults = []
    for call in calls.select_related("lot", "grant", "controller"):
        if call.state != EmergencyCall.State.RESOLVED:
            faults.append(f"{call.lot.code}: {call.reason} at {call.raised_at:%H:%M:%S} is {call.state}")
        if not any(call.reason in tale.calls for tale in tales if _concerns(call, tale)):
            faults.append(f"{call.lot.code}: {call.reason} at {call.raised_at:%H:%M:%S} without a story")
    return Check("every emergency call has its story and its answer", f"{len(calls)} calls", faults)


def _concerns(call: EmergencyCall, tale: Tale) -> bool:
    """By its booking; a call from a controller also where another car has swiped there since, a gate's also without."""
    if call.lot.code != tale.lot.code:
        return False
    if call.grant is not None and call.grant.subject_id == tale.booking_id:
        return True
    if call.controller is not None:
        return bool(tale.spot) and tale.lot.controller_of(tale.spot) == call.controller.code
    return call.grant is None


def _orders(lots: Sequence[Ground], before: Before) -> Check:
    orders = LockCommand.objects.filter(requested_at__gte=before.at, lot__code__in=[lot.code for lot in lots])
    faults = [f"{o.lot.code}: {o} is {o.state}" for o in orders if o.state == LockCommand.State.SENT]
    return Check("every order of the staff was answered", f"{len(orders)} orders", faults)


def _locks(lots: Sequence[Ground]) -> Check:
    """Up, and free, and known to be so."""
    faults = [
        f"{lot.code} {lock['spot']}: {lock['position']} {lock['fault']}"
        for lot in lots
        for lock in lot.state["locks"]
        if lock["fault"] or (lock["position"] != "raised" and not lock["vehicle_present"])
    ]
    return Check(
        "every lock is up where no car stands", f"{sum(len(lot.state['locks']) for lot in lots)} locks", faults
    )


def _idle_time() -> Check:
    return Check("offered time is what schedules and bookings say", "all spots", [str(d) for d in check_idle_time()])
