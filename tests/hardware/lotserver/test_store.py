"""The store: what was returned is there, what was not is not, whatever kills the process."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.event_kinds import EventKind
from hardware.gates.reading import Reading
from hardware.lotserver import store as stores
from hardware.lotserver import store_files
from hardware.lotserver.store import LockTwin, Presence, Store, StoredCard, StoredGrant, StoreInUse

GRANT = StoredGrant("g-1", 5, True, "A-01", ("粤A12345", "粤B1"), 7, "zh-hans", 100, 200)


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "store.sqlite3")
    yield made
    made.close()


def tell(store, *numbers):
    with store.writing() as write:
        for number in numbers:
            write.event(EventKind.REJECTED, 1.5, detail=str(number))


def details(store):
    return [event.payload["detail"] for event in store.events()]


def test_everything_comes_back_as_it_was_written(tmp_path):
    first = Store(tmp_path / "s.sqlite3")
    card, presence = StoredCard("04AA", 3, "issued", "g-1"), Presence("g-1", "粤A12345", "04AA", "inside", "in-1")
    twin = LockTwin("A-01", "lowered", "moving", True, True, "g-1", True)
    with first.writing() as write:
        write.grant(GRANT)
        write.card(card)
        write.presence(presence, 10)
        write.lock(twin)
        write.meta("grants_revision", "9")
        write.reading("in-1", Reading("e", "粤A12345", 90, b"a picture is not kept"), 11.9)
    first.close()
    again = Store(tmp_path / "s.sqlite3")
    assert (again.grant("g-1"), again.card("04AA"), again.inside(), again.lock("A-01"), again.grants_revision) == (
        GRANT,
        card,
        [presence],
        twin,
        9,
    )
    assert again.readings("in-1") == [(1, Reading("e", "粤A12345", 90), 11)]
    assert (again.grant("x"), again.card("x"), again.lock("A-99")) == (None, None, LockTwin("A-99"))
    again.close()


def test_file_is_for_its_user_alone(tmp_path):
    Store(tmp_path / "s.sqlite3").close()
    assert (tmp_path / "s.sqlite3").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("now", "valid"), [(99, False), (100, True), (199.999, True), (200, False)])
def test_grant_is_expected_from_its_first_second_until_before_its_last(store, now, valid):
    with store.writing() as write:
        write.grant(GRANT)
    assert (list(store.expected(now)) == ["g-1"]) is valid is GRANT.valid_at(now)


def test_grant_of_a_car_inside_or_revoked_is_not_expected(store):
    with store.writing() as write:
        write.grant(GRANT)
        write.grant(StoredGrant("g-2", 5, False, "A-02", ("粤C1",), 7, "zh", 100, 200))
        assert write.claim(Presence("g-1", "粤A12345", "", "entering", "in-1"), 150)
        assert not write.claim(Presence("g-1", "粤B1", "", "entering", "in-2"), 150)
    assert store.expected(150) == {}
    assert [p.plate for p in store.inside()] == ["粤A12345"]


def test_ended_grants_go_but_for_cars_still_inside(store):
    with store.writing() as write:
        write.grant(GRANT)
        write.grant(StoredGrant("g-2", 5, True, "A-02", ("粤C1",), 7, "zh", 100, 200))
        write.presence(Presence("g-1", "粤A12345", "04AA", "inside"), 150)
        write.forget_grants_ended_before(201)
    assert (store.grant("g-1"), store.grant("g-2")) == (GRANT, None)


def test_failed_transaction_leaves_nothing(store):
    with pytest.raises(RuntimeError), store.writing() as write:
        write.event(EventKind.REJECTED, 1)
        write.grant(GRANT)
        raise RuntimeError
    assert (store.events(), store.grant("g-1"), store.event_added.is_set()) == ([], None, False)
    tell(store, "after")
    assert details(store) == ["after"]


def test_transaction_that_cannot_be_committed_does_not_block_the_next(store):
    """A full disk shows itself at the end of a transaction."""
    with store.writing() as write:
        pages = write._connection.execute("PRAGMA page_count").fetchone()[0]
        write._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.Error), store.writing() as write:
        for _ in range(1000):
            write.event(EventKind.REJECTED, 1, detail="x" * 1000)
    with store.writing() as write:
        write._connection.execute("PRAGMA max_page_count = 1000000")
    tell(store, "after")
    assert details(store) == ["after"]


def test_only_a_committed_event_wakes_the_uplink(store):
    with store.writing() as write:
        write.event(EventKind.REJECTED, 1)
        assert not store.event_added.is_set()
    assert store.event_added.is_set()


def test_sequences_are_never_used_again(store):
    tell(store, 1, 2, 3)
    with store.writing() as write:
        write.events_taken_through(3)
    tell(store, 4)
    assert [e.sequence for e in store.events()] == [4]


def test_sequences_go_on_after_a_restart_with_an_empty_outbox(tmp_path):
    store = Store(tmp_path / "s.sqlite3")
    tell(store, 1, 2)
    with store.writing() as write:
        write.events_taken_through(2)
    store.close()
    store = Store(tmp_path / "s.sqlite3")
    assert store.last_sequence == 2
    tell(store, 3)
    assert [e.sequence for e in store.events()] == [3]
    store.close()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 4), st.integers(0, 6), st.integers(1, 50))
def test_numbering_goes_on_where_the_platform_stands(tmp_path_factory, kept, forgotten, taken):
    """After the store was lost: order and number of the events stay, all are above what the platform has."""
    store = Store(tmp_path_factory.mktemp("n") / "s.sqlite3")
    tell(store, *range(kept + forgotten))
    with store.writing() as write:
        write.events_taken_through(forgotten)
        write.continue_after(taken)
    sequences = [e.sequence for e in store.events()]
    assert details(store) == [str(n) for n in range(forgotten, kept + forgotten)]
    assert sequences == sorted(sequences)
    assert all(s > taken for s in sequences)
    tell(store, "next")
    assert store.events()[-1].sequence == max([taken, *sequences]) + 1
    store.close()


def test_what_was_dealt_with_is_known_for_a_week(store):
    with store.writing() as write:
        assert write.first_time("camera", "e", 1000, "粤A1")
        assert not write.first_time("camera", "e", 1000 + stores.SEEN_KEPT)
        assert write.first_time("other", "e", 1000)
        assert write.first_time("camera", "e", 1001 + stores.SEEN_KEPT)
    assert store.note_of("camera", "e") == ""
    assert store.note_of("camera", "x") is None


def test_what_was_dealt_with_may_be_known_for_less_long(store):
    with store.writing() as write:
        assert write.first_time("osdp", "1", 1000, within=60)
        assert not write.first_time("osdp", "1", 1060, within=60)
        assert write.first_time("osdp", "1", 1061, within=60)


def test_readings_that_nobody_takes_do_not_pile_up(store):
    for number in range(stores.MOST_READINGS + 5):
        with store.writing() as write:
            write.reading("in-1", Reading(str(number), "粤A1", 90), number)
            write.reading("out-1", Reading(str(number), "粤A1", 90), number)
    kept = [reading.event for _, reading, _ in store.readings("in-1")]
    assert kept == [str(n) for n in range(5, stores.MOST_READINGS + 5)]
    assert len(store.readings("out-1")) == stores.MOST_READINGS


def test_second_lot_server_is_kept_off(store, tmp_path, monkeypatch):
    monkeypatch.setattr(store_files, "LOCK_PATIENCE", 0.2)
    with pytest.raises(StoreInUse):
        Store(tmp_path / "store.sqlite3")


def test_store_of_the_first_version_is_taken_over(tmp_path):
    old = sqlite3.connect(tmp_path / "s.sqlite3")
    old.execute(
        "CREATE TABLE presence (grant_id TEXT PRIMARY KEY, plate TEXT NOT NULL, card TEXT NOT NULL,"
        " state TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID"
    )
    old.execute("INSERT INTO presence VALUES ('g-1', '粤A1', '04AA', 'inside', 1)")
    old.commit()
    old.close()
    store = Store(tmp_path / "s.sqlite3")
    assert store.inside() == [Presence("g-1", "粤A1", "04AA", "inside", "")]
    store.close()


def test_many_threads_write_one_after_the_other(store):
    def write_some(name):
        for number in range(20):
            with store.writing() as write:
                write.event(EventKind.REJECTED, 1, detail=f"{name}:{number}", pair=1)
                write.event(EventKind.REJECTED, 1, detail=f"{name}:{number}", pair=2)

    threads = [threading.Thread(target=write_some, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = store.events(1000)
    assert [e.sequence for e in events] == list(range(1, 161))
    assert all(
        (a.payload["detail"], a.payload["pair"], b.payload["pair"]) == (b.payload["detail"], 1, 2)
        for a, b in zip(events[::2], events[1::2], strict=True)
    ), "no transaction is cut into by another"


CHILD = """
import sys, time
from pathlib import Path
from hardware.event_kinds import EventKind
from hardware.lotserver.store import Store, StoredCard
store = Store(Path(sys.argv[1]))
for number in range(1, 1000000):
    with store.writing() as write:
        write.event(EventKind.REJECTED, 1, detail=str(number))
        write.card(StoredCard("04AA", number, "issued", "g"))
        if sys.argv[2] == "inside" and number == 5:
            print("inside", flush=True)
            time.sleep(600)
    print(number, flush=True)
"""


def killed_child(path, mode, after):
    """Kill -9 a writing process when it has said ``after``; what it said."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(path), mode], stdout=subprocess.PIPE, text=True)
    said = []
    for line in child.stdout:
        said.append(line.strip())
        if said[-1] == after:
            child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    return said


@pytest.mark.parametrize("after", ["1", "7", "20"])
def test_killed_between_transactions_what_was_returned_is_there(tmp_path, after):
    said = killed_child(tmp_path / "s.sqlite3", "between", after)
    store = Store(tmp_path / "s.sqlite3")
    kept = [int(d) for d in details(store)]
    assert kept[: len(said)] == [int(n) for n in said]
    assert len(kept) in (len(said), len(said) + 1), "one may have been committed and not yet said"
    assert store.card("04AA").issue == kept[-1], "and all of it together"
    tell(store, "after")
    assert store.events(1000)[-1].sequence == kept[-1] + 1
    store.close()


def test_killed_inside_a_transaction_nothing_of_it_is_there(tmp_path):
    said = killed_child(tmp_path / "s.sqlite3", "inside", "inside")
    assert said == ["1", "2", "3", "4", "inside"]
    store = Store(tmp_path / "s.sqlite3")
    assert details(store) == ["1", "2", "3", "4"]
    assert store.card("04AA").issue == 4
    store.close()


def test_payloads_are_stored_as_they_are(store):
    with store.writing() as write:
        write.event(EventKind.PLATE_READ, 1.2345, plate="粤A12345", confidence=97, grant=None, automatic=True)
    (event,) = store.events()
    assert (event.kind, event.occurred_at) == ("plate_read", 1234)
    assert json.dumps(event.payload, ensure_ascii=False) == (
        '{"plate": "粤A12345", "confidence": 97, "grant": null, "automatic": true}'
    )
