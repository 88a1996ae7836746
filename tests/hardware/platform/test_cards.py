"""The life of an IC card: in the dispenser, issued, returned, lost, revoked; what is void goes down with the grants."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from hardware.domain import cards, grant_feed, push
from hardware.domain.events import Incoming, take_events
from hardware.models import AccessCard, GateState
from tests.hardware.making import make_grant, make_site, make_staff
from tests.lots.making import make_member

pytestmark = pytest.mark.django_db
UID = "04A1B2C3D4E5F6"
State = AccessCard.State


@pytest.fixture
def grant(site):
    return make_grant(site)


@pytest.fixture
def pushed(monkeypatch):
    sent = []
    monkeypatch.setattr(push, "_send", lambda lot, task, arguments: sent.append((lot, task, arguments)))
    return sent


def happens(site, kind, **payload):
    sequence = site.server.last_sequence + 1
    at = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(seconds=sequence)
    take_events(lot_server=site.server, events=[Incoming(sequence, kind, at, payload)])


def card(site):
    return AccessCard.objects.get(lot=site.lot, chip_uid=UID)


def issue(site, grant, number=1):
    happens(site, "card_issued", grant=str(grant.pk), card=UID, issue=number, gate="in-1")


def feed(site):
    payload = json.loads(grant_feed.signed(lot_server=site.server, asked=grant_feed.Asked(since=0)).payload)
    return payload["revision"], payload["void_cards"]


def gate(site, code):
    return site.lot.gates.get(code=code)


def test_a_card_goes_round(site, grant):
    issue(site, grant)
    assert (card(site).state, card(site).gate, card(site).grant) == (State.ISSUED, None, grant)
    happens(site, "card_collected", grant=str(grant.pk), card=UID, gate="out-1")
    assert (card(site).state, card(site).gate.code) == (State.RETURNED, "out-1")
    assert cards.refill(gate=gate(site, "in-1"), by=make_staff(site)) == 1
    assert (card(site).state, card(site).gate.code) == (State.STOCKED, "in-1")
    issue(site, grant, 2)
    assert (card(site).state, card(site).issue_number) == (State.ISSUED, 2)


def test_only_staff_of_the_lot_refill_and_only_dispensers(site):
    with pytest.raises(NotAllowed):
        cards.refill(gate=gate(site, "in-1"), by=make_member())
    with pytest.raises(NotAllowed):
        cards.refill(gate=gate(site, "in-1"), by=make_staff(make_site()))
    with pytest.raises(InvalidInput):
        cards.refill(gate=gate(site, "out-1"), by=make_staff(site))


def test_lost_card_is_told_to_its_lot_at_once(site, grant, signing_key, pushed, django_capture_on_commit_callbacks):
    issue(site, grant)
    before, void = feed(site)
    assert void == []
    with django_capture_on_commit_callbacks(execute=True):
        cards.report_lost_of(subject_id=grant.subject_id)
        cards.report_lost_of(subject_id=grant.subject_id)
    assert card(site).state == State.LOST
    assert feed(site) == (before + 1, [{"uid": UID, "issue": 1}])
    assert pushed == [(site.lot.code, "lot.grants_changed", [before + 1])]
    other = make_site()
    assert feed(other)[1] == [], "no other lot hears of it"


def test_card_that_is_found_and_issued_again_is_good_again(site, grant, signing_key):
    issue(site, grant)
    cards.revoke(card=card(site))
    assert (card(site).state, feed(site)[1]) == (State.REVOKED, [{"uid": UID, "issue": 1}])
    issue(site, grant, 2)
    assert (card(site).state, feed(site)[1]) == (State.ISSUED, [])


def test_card_that_was_not_given_back_is_void(site, grant, signing_key):
    issue(site, grant)
    happens(site, "card_voided", grant=str(grant.pk), card=UID, gate="out-1")
    assert card(site).state == State.REVOKED
    with pytest.raises(Conflict):
        cards.report_lost_of(subject_id=grant.subject_id)


def test_lost_stays_lost_when_its_car_leaves_without_it(site, grant):
    issue(site, grant)
    cards.report_lost(card=card(site))
    happens(site, "card_voided", grant=str(grant.pk), card=UID, gate="out-1")
    assert card(site).state == State.LOST


def test_no_card_stays_out_when_the_stay_is_over_or_another_card_is_handed_out(site, grant, signing_key):
    """The lot lost its records, say, and tells nothing of the first card."""
    issue(site, grant)
    happens(site, "card_issued", grant=str(grant.pk), card="04FFFFFFFFFFFF", issue=1, gate="in-1")
    assert card(site).state == State.REVOKED
    assert feed(site)[1] == [{"uid": UID, "issue": 1}], "the lot refuses it from now on"
    issue(site, grant, 2)
    happens(site, "vehicle_left", grant=str(grant.pk), plate="粤B12345", gate="out-1")
    assert set(AccessCard.objects.values_list("state", flat=True)) == {State.REVOKED}


def test_other_stays_keep_their_cards(site, grant):
    issue(site, grant)
    other = make_grant(site, spot=site.spots[1])
    happens(site, "vehicle_left", grant=str(other.pk), plate="粤B12345", gate="out-1")
    assert card(site).state == State.ISSUED


@pytest.mark.parametrize(("level", "kept"), [("few", "few"), ("empty", "empty"), ("nonsense", None)])
def test_what_the_dispenser_says_of_its_stock(site, level, kept):
    happens(site, "card_stock", gate="in-1", level=level, bin_full=False)
    happens(site, "card_stock", gate="nowhere", level=level, bin_full=False)
    assert GateState.objects.values_list("gate__code", "stock").first() == (("in-1", kept) if kept else None)
