"""Grants: numbered per lot, replaced and revoked once, and the lot told without ever being waited for."""

from __future__ import annotations

import socket
import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from berth.kernel.errors import InvalidInput
from hardware.domain import grants, push
from hardware.models import Grant
from tests.hardware.making import make_grant, make_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, str, list]]:
    """What is sent to lots."""
    messages: list[tuple[str, str, list]] = []
    monkeypatch.setattr(push, "_send", lambda lot, task, arguments: messages.append((lot, task, arguments)))
    return messages


def test_revisions_count_up_in_each_lot_alone(site):
    other = make_site()
    first, second = make_grant(site), make_grant(site, site.spots[1])
    assert (first.revision, second.revision, make_grant(other).revision) == (1, 2, 1)
    assert (site.server.grants_revision, other.server.grants_revision) == (2, 1)


def test_giving_again_replaces_the_grant_under_a_new_revision(site):
    first = make_grant(site)
    again = make_grant(site, subject_id=first.subject_id, member=first.member, plates=["粤B99999"])
    assert (again.pk, again.revision, again.plates) == (first.pk, 2, ["粤B99999"])
    assert Grant.objects.count() == 1


def test_giving_the_same_again_changes_nothing(site, sent, django_capture_on_commit_callbacks):
    first = make_grant(site)
    with django_capture_on_commit_callbacks(execute=True):
        again = make_grant(
            site,
            subject_id=first.subject_id,
            member=first.member,
            valid_from=first.valid_from,
            valid_until=first.valid_until,
        )
    assert (again.pk, again.revision, site.server.grants_revision, sent) == (first.pk, 1, 1, [])


def test_a_revoked_grant_can_be_given_anew(site):
    first = make_grant(site)
    grants.revoke(subject_id=first.subject_id)
    again = make_grant(site, subject_id=first.subject_id, member=first.member)
    assert (again.pk, again.state, again.revision) == (first.pk, Grant.State.ACTIVE, 3)


def test_revoking_twice_counts_once(site):
    given = make_grant(site)
    first, second = grants.revoke(subject_id=given.subject_id), grants.revoke(subject_id=given.subject_id)
    assert (first.state, first.revision, second.revision) == (Grant.State.REVOKED, 2, 2)
    assert site.server.grants_revision == 2


def test_revoking_what_was_never_given_does_nothing(site):
    given = make_grant(site)
    assert grants.revoke(subject_id=given.pk) is None


def test_the_lot_is_told_after_the_commit(site, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        given = make_grant(site)
        assert sent == []
    with django_capture_on_commit_callbacks(execute=True):
        grants.revoke(subject_id=given.subject_id)
    assert sent == [(site.lot.code, "lot.grants_changed", [1]), (site.lot.code, "lot.grants_changed", [2])]


def test_nothing_is_told_or_numbered_when_the_transaction_rolls_back(site, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(RuntimeError), transaction.atomic():
        make_grant(site)
        raise RuntimeError
    assert (sent, Grant.objects.count(), site.server.grants_revision) == ([], 0, 0)


def test_a_lot_without_a_server_gets_its_row(site):
    site.server.delete()
    assert make_grant(site).revision == 1
    assert site.server.grants_revision == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"plates": []}, "grant_plates"),
        ({"valid_until": timezone.now() - timedelta(days=1)}, "grant_validity"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused(site, changes, code):
    with pytest.raises(InvalidInput) as refusal:
        make_grant(site, **changes)
    assert refusal.value.code == code
    assert Grant.objects.count() == 0


def test_a_spot_of_another_lot_is_refused(site):
    with pytest.raises(InvalidInput) as refusal:
        make_grant(site, make_site().spots[0])
    assert refusal.value.code == "grant_spot"


def test_a_grant_stays_in_its_lot(site):
    given, other = make_grant(site), make_site()
    with pytest.raises(InvalidInput) as refusal:
        make_grant(other, subject_id=given.subject_id)
    assert refusal.value.code == "grant_lot"


@pytest.fixture
def silent_broker(settings):
    """Something that accepts connections and never says a word: the worst kind of broker."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        push._client.cache_clear()
        yield
    push._client.cache_clear()


@pytest.fixture
def absent_broker(settings):
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # bound, but nobody listens
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{reserved.getsockname()[1]}/0"
        push._client.cache_clear()
        yield
    push._client.cache_clear()


@pytest.mark.parametrize("broker", ["silent_broker", "absent_broker"])
def test_a_broker_that_is_away_neither_fails_nor_holds_up_the_grant(
    site, broker, request, django_capture_on_commit_callbacks, caplog
):
    request.getfixturevalue(broker)
    began = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        given = make_grant(site)
    assert time.monotonic() - began < 5 * push.TIMEOUT
    assert Grant.objects.get().revision == given.revision
    assert "not sent to lot" in caplog.text
