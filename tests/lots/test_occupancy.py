"""Take, turn, release: who has a spot, and that idle time follows in the same transaction."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from berth.kernel.ids import uuid7
from lots.domain import idle_time, occupancy
from lots.domain.idle_check import check_idle_time
from lots.models import Occupancy
from lots.queries import is_idle
from tests.lots.making import make_listing, make_member, make_spot, quarter

pytestmark = pytest.mark.django_db


@pytest.fixture
def spot():
    return make_listing().spot


def take(spot, start, end, kind="booking", occupancy_id=None):
    occupancy_id = occupancy_id or uuid7()
    expires_at = timezone.now() + timedelta(minutes=10) if kind == "hold" else None
    won = occupancy.take(
        occupancy_id=occupancy_id, spot_id=spot.pk, start=start, end=end, kind=kind, expires_at=expires_at
    )
    return occupancy_id if won else None


def test_take_cuts_idle_time(spot):
    assert take(spot, quarter(60), quarter(120))
    assert not is_idle(spot.pk, quarter(60), quarter(120))
    assert is_idle(spot.pk, quarter(0), quarter(60))
    assert is_idle(spot.pk, quarter(120), quarter(180))
    assert check_idle_time() == []


@pytest.mark.parametrize(("start", "end"), [(60, 120), (0, 75), (105, 180), (0, 300), (75, 90)])
def test_overlapping_take_is_refused(spot, start, end):
    assert take(spot, quarter(60), quarter(120))
    assert take(spot, quarter(start), quarter(end)) is None
    assert Occupancy.objects.count() == 1


@pytest.mark.parametrize(("start", "end"), [(0, 60), (120, 180)])
def test_touching_takes_both_win(spot, start, end):
    assert take(spot, quarter(60), quarter(120))
    assert take(spot, quarter(start), quarter(end))


@pytest.mark.parametrize("kind", [kind for kind in Occupancy.Kind.values if kind != "hold"])
def test_every_kind_keeps_every_other_out(spot, kind):
    assert take(spot, quarter(0), quarter(60), kind)
    for other in Occupancy.Kind.values:
        assert take(spot, quarter(30), quarter(90), other) is None


def test_take_repeated_with_the_same_id_is_true_and_changes_nothing(spot):
    occupancy_id = take(spot, quarter(0), quarter(60), "hold")
    assert take(spot, quarter(0), quarter(60), "hold", occupancy_id) == occupancy_id
    assert Occupancy.objects.count() == 1


def test_take_with_a_used_id_for_another_time_is_refused(spot):
    occupancy_id = take(spot, quarter(0), quarter(60))
    assert take(spot, quarter(60), quarter(120), occupancy_id=occupancy_id) is None
    assert take(make_spot(), quarter(0), quarter(60), occupancy_id=occupancy_id) is None


def test_take_repeated_after_release_is_refused(spot):
    occupancy_id = take(spot, quarter(0), quarter(60))
    occupancy.release(occupancy_id=occupancy_id)
    assert take(spot, quarter(0), quarter(60), occupancy_id=occupancy_id) is None


@pytest.mark.parametrize("end", [0, -15])
def test_take_of_an_empty_or_inverted_period_is_refused(spot, end):
    with pytest.raises(InvalidInput, match="period_inverted"):
        take(spot, quarter(0), quarter(end))


def test_hold_without_expiry_is_refused(spot):
    with pytest.raises(InvalidInput, match="hold_without_expiry"):
        occupancy.take(occupancy_id=uuid7(), spot_id=spot.pk, start=quarter(0), end=quarter(60), kind="hold")


def test_take_rolled_back_leaves_idle_time_whole(spot):
    before = idle_time.stored(spot.pk)
    with pytest.raises(RuntimeError), transaction.atomic():
        take(spot, quarter(0), quarter(60))
        raise RuntimeError
    assert idle_time.stored(spot.pk) == before


def test_release_gives_the_time_back(spot):
    before = idle_time.stored(spot.pk)
    occupancy_id = take(spot, quarter(0), quarter(60))
    assert occupancy.release(occupancy_id=occupancy_id)
    assert idle_time.stored(spot.pk) == before
    assert take(spot, quarter(0), quarter(60))


def test_release_inside_the_period_keeps_history_and_frees_the_rest(spot):
    occupancy_id = take(spot, quarter(0), quarter(120))
    assert occupancy.release(occupancy_id=occupancy_id, at=quarter(45))
    row = Occupancy.objects.get()
    assert (row.period.lower, row.period.upper, row.state) == (quarter(0), quarter(45), "released")
    assert row.released_at == quarter(45)
    assert is_idle(spot.pk, quarter(45), quarter(120))
    assert not is_idle(spot.pk, quarter(30), quarter(120))
    assert check_idle_time() == []


@pytest.mark.parametrize("at", [60, 90])
def test_release_at_or_after_the_end_keeps_the_period(spot, at):
    occupancy_id = take(spot, quarter(0), quarter(60))
    assert occupancy.release(occupancy_id=occupancy_id, at=quarter(at))
    assert Occupancy.objects.get().period.upper == quarter(60)
    assert not is_idle(spot.pk, quarter(0), quarter(60))
    assert check_idle_time() == []


def test_release_before_the_start_frees_all(spot):
    occupancy_id = take(spot, quarter(60), quarter(120))
    assert occupancy.release(occupancy_id=occupancy_id, at=quarter(0))
    assert is_idle(spot.pk, quarter(60), quarter(120))


def test_release_twice_changes_nothing_the_second_time(spot):
    occupancy_id = take(spot, quarter(0), quarter(60))
    assert occupancy.release(occupancy_id=occupancy_id)
    assert take(spot, quarter(0), quarter(60))
    assert not occupancy.release(occupancy_id=occupancy_id)
    assert not is_idle(spot.pk, quarter(0), quarter(60))


def test_release_of_an_unknown_id_is_false():
    assert not occupancy.release(occupancy_id=uuid7())


def test_release_outside_the_schedule_gives_no_idle_time():
    spot = make_listing(windows=[(0, 0, 15)]).spot
    before = idle_time.stored(spot.pk)
    start = before[0][0] + timedelta(days=2)
    occupancy_id = take(spot, start, start + timedelta(hours=1), "owner_use")
    occupancy.release(occupancy_id=occupancy_id)
    assert idle_time.stored(spot.pk) == before


def test_hold_turns_into_a_booking_once(spot):
    occupancy_id = take(spot, quarter(0), quarter(60), "hold")
    assert occupancy.turn_hold_into_booking(occupancy_id=occupancy_id)
    row = Occupancy.objects.get()
    assert (row.kind, row.expires_at) == ("booking", None)
    assert occupancy.turn_hold_into_booking(occupancy_id=occupancy_id)


def test_released_hold_does_not_turn(spot):
    occupancy_id = take(spot, quarter(0), quarter(60), "hold")
    occupancy.release(occupancy_id=occupancy_id)
    assert not occupancy.turn_hold_into_booking(occupancy_id=occupancy_id)
    assert Occupancy.objects.get().state == "released"


def test_owner_use_takes_the_spot(spot):
    occupancy.owner_use(spot=spot, start=quarter(0), end=quarter(60), by=spot.owner)
    assert not is_idle(spot.pk, quarter(0), quarter(60))


def test_owner_use_of_a_booked_time_is_refused(spot):
    take(spot, quarter(0), quarter(60))
    with pytest.raises(Conflict, match="spot_taken"):
        occupancy.owner_use(spot=spot, start=quarter(30), end=quarter(90), by=spot.owner)


def test_owner_use_by_another_member_is_refused(spot):
    with pytest.raises(NotAllowed):
        occupancy.owner_use(spot=spot, start=quarter(0), end=quarter(60), by=make_member())


def test_take_tells_open_pages_after_commit(spot, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        take(spot, quarter(0), quarter(60))
        take(spot, quarter(0), quarter(60))
    assert len(callbacks) == 1


def test_database_refuses_two_live_rows_whatever_the_code_does(spot):
    take(spot, quarter(0), quarter(60))
    with pytest.raises(IntegrityError, match="one_occupancy_per_spot_and_time"), transaction.atomic():
        Occupancy.objects.create(spot=spot, period=(quarter(30), quarter(90)), kind="owner_use")


def test_cutting_idle_time_stays_a_hot_update(spot):
    """No index holds the multirange, and fillfactor leaves room: the row's index entries are not touched."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'lots_idletime'")
        assert cursor.fetchone()[0] == ["fillfactor=80"]
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'lots_idletime' AND indexdef LIKE '%idle)%'")
        assert cursor.fetchone()[0] == 0
