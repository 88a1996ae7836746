"""A damaged store is set aside and begun anew; a full disk takes calls for help and refuses the rest."""

from __future__ import annotations

import sqlite3

import pytest

from hardware.event_kinds import EventKind
from hardware.lotserver import calls, store_files
from hardware.lotserver.store import Store
from hardware.lotserver.store_files import RESERVE, StoreFull
from hardware.lotserver.store_keeper import StoreKeeper


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.sqlite3"


def tell(store, number=1, **how):
    with store.writing(**how) as write:
        write.event(EventKind.REJECTED, 1, detail=str(number))


def test_a_damaged_store_is_kept_aside_and_told(path):
    store = Store(path)
    for number in range(300):
        tell(store, number)
    store.close()
    content = bytearray(path.read_bytes())
    content[4096:12288] = b"\xff" * 8192
    path.write_bytes(content)
    again = Store(path)
    (aside,) = path.parent.glob("store.sqlite3.broken-*")
    assert aside.read_bytes() == bytes(content)
    assert (again.last_sequence, again.grants_revision) == (0, 0)
    for _ in range(2):
        StoreKeeper(again).take_care()
        keeper = StoreKeeper(again)
    keeper.take_care()
    assert {(e.payload["source"], e.payload["reason"]) for e in again.events()} == {("store", "damaged")}
    again.close()


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be one" * 100, b"SQLite format 3\x00"])
def test_what_is_no_database_is_set_aside(path, content):
    path.write_bytes(content)
    store = Store(path)
    tell(store)
    assert (len(store.events()), store.set_aside.read_bytes()) == (1, content)
    store.close()


def test_a_sound_store_stays(path):
    store = Store(path)
    tell(store)
    store.close()
    again = Store(path)
    assert (len(again.events()), again.set_aside) == (1, None)
    again.close()


def test_on_a_full_disk_calls_for_help_go_first_and_nothing_that_was_kept_is_lost(path, monkeypatch):
    store = Store(path)
    tell(store, 1)
    reserve = path.with_name("store.sqlite3.reserve")
    assert reserve.stat().st_size == RESERVE
    free = [RESERVE // 8]
    monkeypatch.setattr(store_files, "free_bytes", lambda folder: free[0])
    with store.writing(urgent=True) as write:
        calls.call_for_help(write, 2, "button", controller="c1")
    assert not reserve.exists(), "the reserve makes room for it"
    with pytest.raises(StoreFull):
        tell(store, 2)
    free[0] = RESERVE  # not enough to have a reserve again
    with pytest.raises(StoreFull):
        tell(store, 2)
    calls.take(store, calls.open_calls(store)[0].id, calls.Person(7, "陈强"))
    assert [e.kind for e in store.events()] == ["rejected", "emergency_raised", "call_taken"]
    free[0] = RESERVE * 10
    tell(store, 3)
    assert (len(store.events()), reserve.stat().st_size) == (4, RESERVE)
    store.close()


def test_when_the_database_itself_is_full_what_was_confirmed_is_there(path):
    store = Store(path)
    pages = store.rows("PRAGMA page_count")[0][0]
    store.rows(f"PRAGMA max_page_count = {pages + 8}")
    kept = 0
    with pytest.raises(sqlite3.OperationalError, match="full"):
        while kept < 10_000:
            tell(store, kept)
            kept += 1
    assert [e.payload["detail"] for e in store.events(kept + 1)] == [str(number) for number in range(kept)]
    store.close()
