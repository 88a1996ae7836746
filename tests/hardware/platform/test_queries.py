"""What the desk reads of a lot."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from hardware import queries
from hardware.domain import commands, emergencies, grants
from hardware.domain.events import Incoming, take_events
from hardware.models import LockCommand, LotServer
from tests.hardware.making import Site, make_grant, make_site, make_staff

pytestmark = pytest.mark.django_db


class Teller:
    """Tells events of a site, numbered."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.sequence = 0

    def __call__(self, kind: str, *, ago: int = 0, **payload: object) -> None:
        self.sequence += 1
        at = timezone.now() - timedelta(seconds=ago)
        take_events(lot_server=self.site.server, events=[Incoming(self.sequence, kind, at, payload)])


@pytest.fixture
def tell(site) -> Teller:
    return Teller(site)


def test_who_entered_and_did_not_leave_is_inside(site, tell):
    first, second = make_grant(site), make_grant(site, site.spots[1], plates=["粤A2"])
    tell("vehicle_entered", grant=str(first.pk), plate="粤B12345", ago=60)
    tell("vehicle_entered", grant=str(second.pk), plate="粤A2", ago=30)
    assert [(stay.grant, stay.plate) for stay in queries.inside(site.lot)] == [(second, "粤A2"), (first, "粤B12345")]
    tell("vehicle_left", grant=str(second.pk), plate="粤A2")
    assert [stay.grant for stay in queries.inside(site.lot)] == [first]


def test_who_came_back_is_inside_again(site, tell):
    grant = make_grant(site)
    for kind in ("vehicle_entered", "vehicle_left", "vehicle_entered"):
        tell(kind, grant=str(grant.pk))
    assert [stay.grant for stay in queries.inside(site.lot)] == [grant]


def test_expected_are_live_grants_of_the_next_hours_that_nobody_used(site, tell):
    now = timezone.now()
    soon = make_grant(site, valid_from=now + timedelta(hours=2))
    due = make_grant(site, site.spots[1])
    used = make_grant(site, site.spots[2])
    make_grant(site, valid_from=now + timedelta(hours=20), valid_until=now + timedelta(hours=22))
    make_grant(site, valid_from=now - timedelta(hours=5), valid_until=now - timedelta(hours=4))
    grants.revoke(subject_id=make_grant(site).subject_id)
    make_grant(make_site())
    tell("vehicle_entered", grant=str(used.pk))
    assert queries.expected_arrivals(site.lot) == [due, soon]


def test_the_floor_shows_devices_and_who_is_inside(site, tell):
    grant = make_grant(site)
    tell("vehicle_entered", grant=str(grant.pk))
    floor = queries.floor_state(site.lot)
    assert (len(floor.controllers), set(floor.locks)) == (2, {spot.pk for spot in site.spots})
    assert floor.inside == {site.spots[0].pk: grant}
    assert floor.connected


@pytest.mark.parametrize("spots", [1, 3])
def test_the_floor_takes_as_many_queries_for_any_number_of_cars(site, tell, spots, django_assert_num_queries):
    for spot in site.spots[:spots]:
        tell("vehicle_entered", grant=str(make_grant(site, spot).pk))
    with django_assert_num_queries(4):
        floor = queries.floor_state(site.lot)
        assert [grant.spot.code for grant in floor.inside.values()] == [
            spot.code for spot in reversed(site.spots[:spots])
        ]


def test_a_lot_that_was_not_heard_for_a_while_is_not_connected(site):
    assert not queries.floor_state(site.lot).connected
    LotServer.objects.filter(lot=site.lot).update(last_seen_at=timezone.now() - timedelta(minutes=2))
    assert not queries.floor_state(site.lot).connected


def test_a_lot_without_a_server_still_has_a_floor(site):
    site.server.delete()
    floor = queries.floor_state(site.lot)
    assert (floor.server, floor.connected, len(floor.locks)) == (None, False, 4)


def test_the_newest_events_come_first_and_not_all_of_them(site, tell):
    for number in range(4):
        tell("plate_read", plate=f"粤B{number}")
    assert [event.sequence for event in queries.recent_events(site.lot, limit=3)] == [4, 3, 2]


def test_calls_that_nobody_took_come_first_the_oldest_before(site):
    staff, now = make_staff(site), timezone.now()

    def call(minutes):
        return emergencies.raise_call(
            call_id=uuid.uuid4(), lot=site.lot, reason="button", raised_at=now - timedelta(minutes=minutes)
        )

    taken, old, new, done = call(9), call(5), call(1), call(20)
    emergencies.acknowledge(call=taken, by=staff)
    emergencies.resolve(call=emergencies.acknowledge(call=done, by=staff), by=staff)
    assert queries.open_calls(site.lot) == [old, new, taken]


def test_a_car_that_was_not_recognised_waits_until_its_gate_opens(site, tell):
    grant = make_grant(site)
    tell("plate_read", gate="in-1", plate="粤B1234S", direction="entry", match="near", grant=str(grant.pk), ago=9)
    (waiting,) = queries.waiting_plates(site.lot)
    assert (waiting.payload["plate"], waiting.grant) == ("粤B1234S", grant)
    order = commands.order(kind="open_gate", lot=site.lot, gate_code="in-1", by=make_staff(site), reason="misread")
    assert queries.waiting_plates(site.lot) == [waiting]
    LockCommand.objects.filter(pk=order.pk).update(state="done")
    assert queries.waiting_plates(site.lot) == []


@pytest.mark.parametrize(
    "reading",
    [{"match": "exact"}, {"direction": "exit"}, {"ago": 3600}],
    ids=["recognised", "leaving", "long ago"],
)
def test_other_readings_do_not_wait(site, tell, reading):
    tell("plate_read", **{"gate": "in-1", "plate": "粤B1", "direction": "entry", "match": "none"} | reading)
    assert queries.waiting_plates(site.lot) == []


def test_a_recognised_car_after_it_takes_its_place(site, tell):
    tell("plate_read", gate="in-1", plate="粤B1", direction="entry", match="none", ago=9)
    tell("plate_read", gate="in-1", plate="粤B2", direction="entry", match="exact")
    assert queries.waiting_plates(site.lot) == []
