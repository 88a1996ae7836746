from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.making import make_hold
from trading.domain import timeline
from trading.models import Booking, Evidence

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
Kind = Evidence.Kind


@pytest.fixture
def booking() -> Booking:
    return make_hold()


def test_lines_are_chained_in_order(booking: Booking) -> None:
    first = timeline.append(booking=booking, kind=Kind.PLATE_READ, occurred_at=NOW)
    second = timeline.append(booking=booking, kind=Kind.ENTERED, occurred_at=NOW, payload={"gate": "east"})
    assert (second.position, second.previous) == (first.position + 1, first.digest)
    assert timeline.verify(booking)


def test_same_source_is_recorded_once(booking: Booking) -> None:
    first = timeline.append(booking=booking, kind=Kind.ENTERED, occurred_at=NOW, source="event:lot:7")
    again = timeline.append(booking=booking, kind=Kind.ENTERED, occurred_at=NOW, source="event:lot:7", payload={"x": 1})
    assert again == first
    assert Evidence.objects.filter(booking=booking, source="event:lot:7").count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trading_evidence SET kind = 'left'",
        "UPDATE trading_evidence SET payload = '{}' WHERE position = 1",
        "DELETE FROM trading_evidence",
    ],
)
def test_database_refuses_to_change_evidence(booking: Booking, statement: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert timeline.verify(booking)


def test_database_refuses_to_truncate_evidence(booking: Booking) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE trading_evidence ENABLE TRIGGER evidence_never_truncated")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute("TRUNCATE trading_evidence")
        cursor.execute("ALTER TABLE trading_evidence DISABLE TRIGGER evidence_never_truncated")


def tampered(change: str) -> None:
    """What only the owner of the database could do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE trading_evidence DISABLE TRIGGER evidence_append_only")
        cursor.execute(change)
        cursor.execute("ALTER TABLE trading_evidence ENABLE TRIGGER evidence_append_only")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE trading_evidence SET payload = '{\"amount_minor\": 1}' WHERE position = 1",
        "UPDATE trading_evidence SET kind = 'left' WHERE position = 2",
        "UPDATE trading_evidence SET occurred_at = occurred_at + interval '1 second' WHERE position = 2",
        "UPDATE trading_evidence SET source = 'event:x:1' WHERE position = 2",
        "DELETE FROM trading_evidence WHERE position = 1",
    ],
)
def test_verification_finds_what_was_changed_behind_the_triggers(booking: Booking, change: str) -> None:
    timeline.append(booking=booking, kind=Kind.ENTERED, occurred_at=NOW)
    call_command("verify_timelines")
    tampered(change)
    assert not timeline.verify(booking)
    with pytest.raises(CommandError, match=str(booking.pk)):
        call_command("verify_timelines")


_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30),
)


@given(
    payload=st.dictionaries(st.text("abcdefgh_", min_size=1, max_size=8), _VALUES, max_size=5),
    delay=st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_digest_survives_the_database(payload: dict[str, object], delay: timedelta) -> None:
    with transaction.atomic():
        booking = Booking.objects.first() or make_hold()
        line = timeline.append(booking=booking, kind=Kind.SWIPED, occurred_at=NOW + delay, payload=payload)
        assert timeline.digest_of(Evidence.objects.get(pk=line.pk)) == line.digest
        assert timeline.verify(booking)
        transaction.set_rollback(True)
