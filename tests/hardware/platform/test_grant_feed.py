"""What a lot is sent: 48 h ahead and no further, and nothing at all once the platform knows less than the lot."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from berth.kernel.errors import InvalidInput, NotAllowed
from hardware.domain import emergencies, epochs, grants
from hardware.models import AccessCard, EpochRaise, Grant, LotServer
from lots.domain import duty
from tests.hardware.making import make_grant, make_site, make_staff
from tests.lots.making import make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signing_key")]


def pulled(site, **query):
    answer = site.get(site.path("grants") + "?" + "&".join(f"{name}={value}" for name, value in query.items()))
    assert answer.status_code == 200, answer.content
    return json.loads(answer.json()["payload"])


def spots(payload):
    return [grant["spot"] for grant in payload["grants"]]


def starting(site, spot, hours, **values):
    start = timezone.now() + timedelta(hours=hours)
    return make_grant(site, spot, valid_from=start, valid_until=start + timedelta(hours=2), **values)


def test_grants_come_when_they_come_near_though_their_revision_is_old(site):
    starting(site, site.spots[0], 1)
    far = starting(site, site.spots[1], 49)
    first = pulled(site, since=0)
    assert (spots(first), first["revision"], first["later"]) == (["A-11"], 2, [])
    asked = {"since": 2, "epoch": first["epoch"], "until": first["horizon"]}
    assert (pulled(site, **asked)["grants"], pulled(site, **asked)["later"]) == ([], [])
    asked["until"] -= 2 * 3600  # as if the lot had last asked two hours ago ...
    Grant.objects.filter(pk=far.pk).update(valid_from=timezone.now() + timedelta(hours=47))  # ... and time had passed
    assert spots(pulled(site, **asked)) == ["A-12"]


def test_what_is_moved_beyond_the_horizon_is_forgotten_until_it_comes_near(site):
    near = starting(site, site.spots[0], 1)
    known = pulled(site, since=0)
    start = timezone.now() + timedelta(days=9)
    grants.give(
        subject_id=near.subject_id, lot=site.lot, spot=near.spot, member=near.member, plates=near.plates,
        valid_from=start, valid_until=start + timedelta(hours=1),
    )  # fmt: skip
    payload = pulled(site, since=known["revision"], epoch=1, until=known["horizon"])
    assert (payload["grants"], payload["later"]) == ([], [str(near.pk)])


def test_a_stay_that_runs_is_told_however_long_ago_its_grant_ended(site):
    ended = starting(site, site.spots[0], -24 * 9)
    assert pulled(site, since=0)["grants"] == []
    AccessCard.objects.create(
        lot=site.lot, chip_uid="04AA", state=AccessCard.State.ISSUED, grant=ended, state_at=timezone.now()
    )
    assert spots(pulled(site, since=0)) == ["A-11"]


def test_the_lot_gets_its_own_staff_with_a_pin_and_what_the_desk_did(site):
    guard = make_staff(site, display_name="陈强", language="zh-hans")
    make_staff(site)
    others = make_site()
    duty.set_pin(lot=others.lot, by=make_staff(others), pin="135790")
    duty.set_pin(lot=site.lot, by=guard, pin="135790")
    call = emergencies.raise_call(
        call_id="018f0000-0000-7000-8000-000000000001", lot=site.lot, reason="button", raised_at=timezone.now()
    )
    emergencies.acknowledge(call=call, by=guard)
    payload = pulled(site, since=0, nonce="n-1")
    (person,) = payload["staff"]
    assert (person["member"], person["name"], person["language"]) == (guard.pk, "陈强", "zh-hans")
    assert person["pin"].startswith("scrypt$")
    assert "135790" not in json.dumps(payload)
    assert payload["calls"] == [{"id": str(call.pk), "state": "acknowledged", "by": "陈强"}]
    assert payload["nonce"] == "n-1"


@pytest.mark.parametrize("query", ["since=1&epoch=x", "since=0&until=-1", "since=0&until=99999999999"])
def test_a_query_that_is_none_is_refused_with_its_field(site, query):
    assert site.get(f"{site.path('grants')}?{query}").status_code == 400


def restored(site) -> None:
    """The platform as its backup has it: two revisions older than what the lot was told."""
    for spot in site.spots[:3]:
        starting(site, spot, 1)
    Grant.objects.filter(lot=site.lot, revision__gt=1).delete()
    LotServer.objects.filter(lot=site.lot).update(grants_revision=1)


def test_a_platform_that_knows_less_than_the_lot_sends_nothing_until_a_named_person_acts(site):
    restored(site)
    boss = make_member(is_superuser=True)
    asked = f"{site.path('grants')}?since=3&epoch=1"
    refusal = site.get(asked)
    assert (refusal.status_code, refusal.json()["title"]) == (409, "grants_restored")
    for spot in site.spots[:3]:  # new revisions 2, 3 and 4 are not those that the lot has had
        starting(site, spot, 1)
    assert site.get(asked).status_code == 409
    raised = epochs.raise_epoch(lot=site.lot, by=boss, reason="database restored from Sunday's backup")
    payload = pulled(site, since=3, epoch=1)
    assert (payload["epoch"], payload["since"], payload["revision"]) == (raised.epoch, 0, 4)
    assert sorted(spots(payload)) == ["A-11", "A-11", "A-12", "A-21"]
    assert (raised.raised_by, site.server.restored_at) == (boss, None)


def test_an_epoch_above_ours_is_a_backup_too(site):
    starting(site, site.spots[0], 1)
    assert site.get(f"{site.path('grants')}?since=1&epoch=99").status_code == 409


def test_a_new_epoch_is_above_every_one_before(site):
    boss = make_member(is_superuser=True)
    one = epochs.raise_epoch(lot=site.lot, by=boss, reason="one").epoch
    assert one < epochs.raise_epoch(lot=site.lot, by=boss, reason="two").epoch


def test_only_who_may_change_lot_servers_and_says_why_raises_it(site):
    with pytest.raises(NotAllowed):
        epochs.raise_epoch(lot=site.lot, by=make_staff(site), reason="why")
    with pytest.raises(InvalidInput):
        epochs.raise_epoch(lot=site.lot, by=make_member(is_superuser=True), reason=" ")
    assert not EpochRaise.objects.exists()


def test_it_is_also_raised_from_a_shell(site, capsys):
    make_member(is_superuser=True, email="boss@berth.example")
    call_command("raise_lot_epoch", site.lot.code, by="boss@berth.example", reason="restored")
    assert capsys.readouterr().out == f"{site.lot.code}: epoch {site.server.epoch}\n"
    with pytest.raises(CommandError):
        call_command("raise_lot_epoch", "nowhere", by="boss@berth.example", reason="restored")
