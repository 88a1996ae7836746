"""Lot events: each taken once, in order; twins, cards, calls and orders follow; the layers above are told."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from hardware import signals
from hardware.domain import commands, events, spot_health
from hardware.domain.events import Incoming, take_events
from hardware.models import AccessCard, EmergencyCall, LockCommand, LotEvent, SpotLock
from hardware.signals import lot_event
from lots.domain import listings
from tests.hardware.making import make_grant, make_site, make_staff
from tests.lots.making import make_listing

pytestmark = pytest.mark.django_db
START = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


def told(sequence: int, kind: str = "plate_read", **payload) -> Incoming:
    return Incoming(sequence, kind, START + timedelta(seconds=sequence), payload)


def take(site, *happened: Incoming) -> int:
    return take_events(lot_server=site.server, events=happened)


@pytest.fixture
def heard():
    """Signals that the layers above receive."""
    received = []

    def listen(event, **_):
        received.append(event)

    lot_event.connect(listen)
    yield received
    lot_event.disconnect(listen)


def test_events_are_stored_in_order_whatever_order_they_come_in(site):
    assert take(site, told(3), told(1), told(2)) == 3
    assert list(LotEvent.objects.order_by("pk").values_list("sequence", flat=True)) == [1, 2, 3]


def test_a_repeated_batch_changes_nothing(site, heard):
    grant = make_grant(site)
    batch = [told(1, "vehicle_entered", grant=str(grant.pk)), told(2, "plate_read")]
    assert (take(site, *batch), take(site, *batch), take(site, batch[0])) == (2, 2, 2)
    assert LotEvent.objects.count() == 2
    assert [event.sequence for event in heard] == [1]


def test_an_overlapping_batch_adds_only_what_is_new(site):
    take(site, told(1), told(2))
    assert take(site, told(2), told(3)) == 3
    assert LotEvent.objects.count() == 3


def test_a_gap_stops_and_what_follows_it_is_not_taken(site):
    assert take(site, told(1), told(3), told(4)) == 1
    assert take(site, told(2), told(3), told(4)) == 4
    assert LotEvent.objects.count() == 4


def test_the_same_sequence_twice_in_one_batch_counts_once(site):
    assert take(site, told(1, "plate_read", plate="one"), told(1, "plate_read", plate="two")) == 1
    assert LotEvent.objects.get().payload == {"plate": "one"}


def test_lots_count_apart(site):
    other = make_site()
    assert (take(site, told(1), told(2)), take(other, told(1))) == (2, 1)


def test_an_empty_batch_is_a_sign_of_life(site):
    accepted = take_events(lot_server=site.server, events=[], version="1.2", grants_revision=9)
    server = site.server
    assert (accepted, server.version, server.acknowledged_revision) == (0, "1.2", 9)
    assert server.last_seen_at is not None


def test_an_event_of_a_grant_is_told_to_the_layers_above(site, heard):
    grant = make_grant(site)
    take(site, told(1, "vehicle_entered", grant=str(grant.pk), plate="粤B12345"))
    (event,) = heard
    assert (event.subject_id, event.kind, event.lot_code) == (grant.subject_id, "vehicle_entered", site.lot.code)
    assert event.source == f"event:{site.lot.code}:1"
    assert event.payload["plate"] == "粤B12345"


@pytest.mark.parametrize("named", [None, "", "no uuid", 12, "b2a81f90-1115-4e5b-877e-f31c77b1443a"])
def test_an_event_of_no_known_grant_is_stored_and_not_passed_on(site, heard, named):
    assert take(site, told(1, "vehicle_entered", grant=named)) == 1
    assert (LotEvent.objects.get().grant, heard) == (None, [])


def test_a_grant_of_another_lot_is_not_believed(site, heard):
    grant = make_grant(make_site())
    take(site, told(1, "vehicle_entered", grant=str(grant.pk)))
    assert (LotEvent.objects.get().grant, heard) == (None, [])


def test_a_receiver_that_fails_does_not_stop_the_stream(site, caplog):
    def fail(**_):
        raise ValueError("broken above")

    grant = make_grant(site)
    lot_event.connect(fail)
    try:
        assert take(site, told(1, "vehicle_entered", grant=str(grant.pk)), told(2)) == 2
    finally:
        lot_event.disconnect(fail)
    assert "its effect failed" in caplog.text


def test_a_database_that_goes_away_leaves_the_event_for_a_repeat(site):
    def fail(**_):
        raise OperationalError("gone")

    grant = make_grant(site)
    batch = [told(1), told(2, "vehicle_entered", grant=str(grant.pk))]
    lot_event.connect(fail)
    try:
        with pytest.raises(OperationalError):
            take(site, *batch)
    finally:
        lot_event.disconnect(fail)
    assert site.server.last_sequence == 1
    assert take(site, *batch) == 2


def test_an_unknown_kind_is_kept(site):
    assert take(site, told(1, "from_the_future", anything=1)) == 1
    assert LotEvent.objects.get().kind == "from_the_future"


def test_payloads_are_cut_to_flat_short_and_storable(site):
    take(
        site,
        told(1, "plate_read", nul="a\x00b", surrogate="\ud800", long="x" * 999, nested={"a": 1}, many=[1], huge=2**70),
    )
    payload = LotEvent.objects.get().payload
    assert payload == {"nul": "ab", "surrogate": "?", "long": "x" * events.LONGEST_TEXT}


# --- twins --------------------------------------------------------------------------------------------


def lock_told(sequence: int, spot: str, acknowledged: str, **more) -> Incoming:
    fields = {"spot": spot, "controller": "C1", "commanded": "lowered", "acknowledged": acknowledged}
    return told(sequence, "lock_changed", **fields | {"vehicle_present": False, "battery_low": False} | more)


def online(sequence: int, code: str = "C1", **more) -> Incoming:
    return told(sequence, "controller_changed", **{"controller": code, "online": True, "reason": ""} | more)


def test_the_locks_twin_follows(site):
    take(site, lock_told(1, "A-11", "lowered", vehicle_present=True, battery_low=True))
    lock = SpotLock.objects.get(spot__code="A-11", spot__lot=site.lot)
    assert (lock.commanded, lock.acknowledged, lock.vehicle_present, lock.battery_low) == (
        "lowered",
        "lowered",
        True,
        True,
    )
    assert lock.state_at == START + timedelta(seconds=1)


def test_a_position_that_is_none_leaves_the_twin_as_it_was(site):
    take(site, lock_told(1, "A-11", "lowered"), lock_told(2, "A-11", "upside down", vehicle_present=True))
    lock = SpotLock.objects.get(spot__code="A-11", spot__lot=site.lot)
    assert (lock.acknowledged, lock.vehicle_present) == ("lowered", True)


def test_the_controllers_twin_follows(site):
    take(site, online(1))
    site.controllers[0].refresh_from_db()
    assert site.controllers[0].online
    take(site, online(2, online=False, reason="no_answer"))
    site.controllers[0].refresh_from_db()
    assert (site.controllers[0].online, site.controllers[0].state_reason) == (False, "no_answer")


@pytest.mark.parametrize("trouble", ["jammed", "offline"])
def test_a_sick_lock_delists_its_spot_and_a_healthy_one_brings_it_back(site, trouble):
    spot = site.spots[0]
    make_listing(spot)
    take(site, online(1), lock_told(2, spot.code, trouble))
    spot.refresh_from_db()
    assert spot.sick_since == START + timedelta(seconds=2)
    assert not spot.idle_time.listed
    take(site, lock_told(3, spot.code, "raised"))
    spot.refresh_from_db()
    assert spot.sick_since is None
    spot.idle_time.refresh_from_db()
    assert spot.idle_time.listed


def test_a_moving_lock_is_neither_sick_nor_healed(site):
    spot = site.spots[0]
    take(site, online(1), lock_told(2, spot.code, "jammed"), lock_told(3, spot.code, "moving"))
    spot.refresh_from_db()
    assert spot.sick_since is not None


def test_without_its_controller_no_lock_opens_so_its_spots_leave_the_site(site):
    take(site, online(1), lock_told(2, "A-11", "raised"), lock_told(3, "A-12", "jammed"))
    take(site, online(4, online=False))
    assert {s.code for s in site.lot.spots.filter(sick_since__isnull=False)} == {"A-11", "A-12"}
    take(site, online(5))
    assert {s.code for s in site.lot.spots.filter(sick_since__isnull=False)} == {"A-12"}


@pytest.mark.parametrize("kind", ["lock_changed", "controller_changed", "card_issued", "card_collected"])
def test_a_device_that_is_not_known_changes_nothing(site, kind):
    assert take(site, told(1, kind, spot="Z-99", controller="C9"), told(2)) == 2
    assert AccessCard.objects.count() == 0


# --- cards, calls, orders --------------------------------------------------------------------------------


def test_a_card_goes_out_and_comes_back(site):
    grant = make_grant(site)
    take(site, told(1, "card_issued", grant=str(grant.pk), card="04a1b2c3d4e5f6", issue=4, gate="in-1"))
    card = AccessCard.objects.get()
    assert (card.chip_uid, card.state, card.issue_number, card.grant) == ("04A1B2C3D4E5F6", "issued", 4, grant)
    take(site, told(2, "card_collected", grant=str(grant.pk), card="04A1B2C3D4E5F6", gate="out-1"))
    card.refresh_from_db()
    assert (card.state, card.issue_number) == ("returned", 4)


def call_told(sequence: int, call: uuid.UUID, **more) -> Incoming:
    return told(sequence, "emergency_raised", **{"call": str(call), "controller": "C1", "reason": "button"} | more)


def test_an_emergency_call_is_raised_once(site):
    call = uuid.uuid4()
    take(site, call_told(1, call, spot="A-11"), call_told(2, call))
    stored = EmergencyCall.objects.get()
    assert (stored.pk, stored.reason, stored.controller.code, stored.spot.code) == (call, "button", "C1", "A-11")
    assert stored.raised_at == START + timedelta(seconds=1)


def test_an_emergency_call_for_an_unknown_reason_is_still_raised(site):
    take(site, call_told(1, uuid.uuid4(), reason="aliens"))
    assert EmergencyCall.objects.get().reason == "button"


def ordered(site) -> LockCommand:
    return commands.order(kind="unlock", lot=site.lot, spot=site.spots[0], by=make_staff(site), reason="lost card")


def test_the_first_answer_to_an_order_counts(site):
    order = ordered(site)
    take(site, told(1, "command_result", command=str(order.pk), outcome="refused", detail="too old"))
    take(site, told(2, "command_result", command=str(order.pk), outcome="done", detail=""))
    order.refresh_from_db()
    assert (order.state, order.result) == ("refused", "too old")
    assert order.finished_at == START + timedelta(seconds=1)


@pytest.mark.parametrize("fields", [{"command": "no uuid"}, {"command": str(uuid.uuid4())}, {"outcome": "exploded"}])
def test_an_answer_that_fits_no_order_changes_nothing(site, fields):
    order = ordered(site)
    assert take(site, told(1, "command_result", **{"command": str(order.pk), "outcome": "done"} | fields)) == 1
    order.refresh_from_db()
    assert order.state == "sent"


def test_another_lot_cannot_answer_an_order(site):
    order = ordered(site)
    take(make_site(), told(1, "command_result", command=str(order.pk), outcome="done"))
    order.refresh_from_db()
    assert order.state == "sent"


# --- locks that wear out, tests, strangers ------------------------------------------------------


def healthy(site, spot):
    spot.refresh_from_db()
    spot.idle_time.refresh_from_db()
    return spot.sick_since is None and spot.idle_time.listed


@pytest.mark.parametrize("flag", ["battery_low", "drifting"])
def test_battery_low_and_drifting_locks_delist_their_spot_and_bring_it_back(site, flag, told_of_health):
    spot = site.spots[0]
    make_listing(spot)
    take(site, online(1), lock_told(2, spot.code, "raised", **{flag: True}))
    assert not healthy(site, spot)
    take(site, lock_told(3, spot.code, "raised"))
    assert healthy(site, spot)
    assert [(h.cause, h.since is None, h.faults) for h in told_of_health] == [
        ("sick", False, ("battery" if flag == "battery_low" else flag,)),
        ("sick", True, ()),
    ]


def test_lock_that_fails_its_test_or_an_opening_delists_until_it_works_again(site):
    spot = site.spots[0]
    make_listing(spot)
    tested = {"spot": spot.code, "controller": "C1", "how": "moved", "took_ms": 0, "tries": 6}
    take(site, online(1), lock_told(2, spot.code, "raised"), told(3, "lock_tested", outcome="failed", **tested))
    assert not healthy(site, spot)
    take(site, lock_told(4, spot.code, "raised"))
    assert not healthy(site, spot), "it says that it is up, but it does not move"
    take(site, told(5, "lock_tested", outcome="passed", **tested))
    assert healthy(site, spot)
    take(site, told(6, "unlock_result", spot=spot.code, outcome="failed", tries=6))
    assert not healthy(site, spot)
    take(site, lock_told(7, spot.code, "jammed"), lock_told(8, spot.code, "raised"))
    assert healthy(site, spot), "mended"
    lock = SpotLock.objects.get(spot=spot)
    assert (lock.tested_at, lock.works) == (START + timedelta(seconds=5), None)


def test_twin_knows_since_when_each_side_is_as_it_is(site):
    take(site, online(1), lock_told(2, "A-11", "raised", commanded="raised"))
    take(site, lock_told(3, "A-11", "raised"), lock_told(4, "A-11", "lowered"))
    lock = SpotLock.objects.get(spot=site.spots[0])
    assert (lock.commanded_at, lock.acknowledged_at) == tuple(START + timedelta(seconds=n) for n in (3, 4))


def offered(spot, *, now):
    """A listing that offers the spot all week, or never on the days that the test is about."""
    zone = spot.lot.zone
    about = set() if now else {START.astimezone(zone).weekday(), timezone.now().astimezone(zone).weekday()}
    return make_listing(spot, windows=[(day, 0, 1440) for day in range(7) if day not in about])


def test_stranger_takes_the_spot_from_the_site_while_the_vehicle_stands_there(site, told_of_health):
    spot = site.spots[0]
    offered(spot, now=True)
    take(site, online(1), lock_told(2, spot.code, "lowered", vehicle_present=True, unexpected=True))
    spot.refresh_from_db()
    spot.idle_time.refresh_from_db()
    assert (spot.stranger_since, spot.idle_time.listed) == (START + timedelta(seconds=2), False)
    take(site, lock_told(3, spot.code, "lowered"))
    spot.refresh_from_db()
    spot.idle_time.refresh_from_db()
    assert (spot.stranger_since, spot.idle_time.listed) == (None, True)
    assert [(h.cause, h.since is None) for h in told_of_health] == [("stranger", False), ("stranger", True)]


def test_owner_is_no_stranger_until_the_owners_time_is_over(site):
    spot = site.spots[0]
    listing = offered(spot, now=False)
    take(site, online(1), lock_told(2, spot.code, "lowered", vehicle_present=True, unexpected=True))
    spot.refresh_from_db()
    assert (spot.stranger_since, spot_health.review_strangers()) == (None, 0)
    listings.set_schedule(listing=listing, windows=[(day, 0, 1440) for day in range(7)], by=listing.owner)
    assert spot_health.review_strangers() == 1
    spot.refresh_from_db()
    assert spot.stranger_since is not None


@pytest.fixture
def told_of_health():
    heard = []

    def hear(event, **_):
        heard.append(event)

    signals.spot_health.connect(hear)
    yield heard
    signals.spot_health.disconnect(hear)
