"""Plates as cameras misread them, matched against who is expected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.kernel.plates import PROVINCES
from hardware.gates.matching import CONFIDENT, CONFUSABLE, NEAR_LIMIT, Match, Matched, cost, match

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
PLATES = st.builds("".join, st.tuples(st.sampled_from(PROVINCES), st.text(LETTERS, min_size=6, max_size=7)))
ANYTHING = st.text(max_size=14)


def found(read: str, *expected: str, confidence: int = 97) -> Matched:
    return match(read, confidence, {f"grant-{n}": [plate] for n, plate in enumerate(expected)})


def test_the_very_plate_is_exact():
    assert found("粤B12345", "粤A99999", "粤B12345") == Matched(Match.EXACT, "grant-1", "粤B12345")


def test_any_of_a_grants_plates_will_do():
    assert match("粤B2", 97, {"g": ["粤A1", "粤B2"]}) == Matched(Match.EXACT, "g", "粤B2")


@pytest.mark.parametrize("confidence", [0, CONFIDENT - 1])
def test_an_exact_reading_that_the_camera_doubts_waits_for_staff(confidence):
    assert found("粤B12345", "粤B12345", confidence=confidence).match is Match.NEAR


@pytest.mark.parametrize(
    "read",
    [
        "粤BI2345",  # 1 and I
        "粤B1Z345",  # 2 and Z
        "粤B1234S",  # 5 and S
        "豫B12345",  # the province
        "粤812345",  # B and 8
        "粤B7Z34S",  # three look-alikes at once
        "粤B1234",  # one character missed
        "粤B123456",  # one seen twice
    ],
)
def test_what_cameras_mix_up_is_near(read):
    assert found(read, "粤B12345", "京C77777") == Matched(Match.NEAR, "grant-0", "粤B12345")


@pytest.mark.parametrize("read", ["粤B54321", "粤B12", "京C88888", "", "粤B", "????????", "粤B123"])
def test_another_plate_is_none(read):
    assert found(read, "粤B12345") == Matched(Match.NONE, None)


def test_with_nobody_expected_nothing_matches():
    assert found("粤B12345") == Matched(Match.NONE, None)


def test_two_that_fit_equally_well_are_left_to_staff():
    assert found("粤B1234", "粤B12345", "粤B12346") == Matched(Match.NEAR, None)


def test_the_cheaper_of_two_wins():
    assert found("粤B1234S", "粤B12345", "粤B12349").key == "grant-0"


@given(expected=PLATES)
def test_every_expected_plate_matches_itself(expected):
    assert found(expected, expected) == Matched(Match.EXACT, "grant-0", expected)


@given(expected=PLATES, at=st.integers(1, 5), group=st.sampled_from(CONFUSABLE), data=st.data())
def test_one_look_alike_anywhere_is_near(expected, at, group, data):
    true, read = data.draw(st.permutations(list(group)))[:2]
    plate, seen = expected[:at] + true + expected[at + 1 :], expected[:at] + read + expected[at + 1 :]
    assert found(seen, plate) == Matched(Match.NEAR, "grant-0", plate)


@given(read=ANYTHING, expected=st.lists(ANYTHING, max_size=4), confidence=st.integers(0, 100))
def test_it_is_total_and_exact_only_for_the_very_plate(read, expected, confidence):
    answer = found(read, *expected, confidence=confidence)
    if answer.match is Match.EXACT:
        assert read in expected
        assert confidence >= CONFIDENT
    if answer.match is Match.NONE:
        assert answer.key is None
        assert all(cost(read, plate) > NEAR_LIMIT for plate in expected)


@given(a=ANYTHING, b=ANYTHING)
def test_the_cost_is_a_distance(a, b):
    assert cost(a, b) == cost(b, a)
    assert (cost(a, b) == 0) == (a == b)


@given(read=PLATES, expected=st.lists(PLATES, min_size=2, max_size=4, unique=True), data=st.data())
def test_the_order_of_who_is_expected_decides_nothing(read, expected, data):
    plates = {f"grant-{plate}": [plate] for plate in expected}
    shuffled = dict(data.draw(st.permutations(list(plates.items()))))
    assert match(read, 97, plates) == match(read, 97, shuffled)
