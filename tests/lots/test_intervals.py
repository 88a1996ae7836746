import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lots.domain.intervals import clip, merge, subtract

BASE = datetime(2026, 1, 1, tzinfo=UTC)
spans = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda p: (min(p), max(p))).filter(lambda p: p[0] < p[1])
)


def at(minute):
    return BASE + timedelta(minutes=minute)


def as_intervals(pairs):
    return [(at(a), at(b)) for a, b in pairs]


def minutes(intervals):
    return {m for a, b in intervals for m in range(int((a - BASE).seconds / 60), int((b - BASE).seconds / 60))}


def disjoint_and_apart(intervals):
    return all(one[1] < other[0] for one, other in itertools.pairwise(intervals))


@given(spans)
def test_merge_covers_the_same_minutes_with_disjoint_intervals(pairs):
    merged = merge(as_intervals(pairs))
    assert minutes(merged) == minutes(as_intervals(pairs))
    assert disjoint_and_apart(merged)


@given(spans, spans)
def test_subtract_is_set_difference(pairs, taken):
    left = subtract(as_intervals(pairs), as_intervals(taken))
    assert minutes(left) == minutes(as_intervals(pairs)) - minutes(as_intervals(taken))
    assert left == sorted(left)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(left))


@given(spans, st.integers(0, 40), st.integers(0, 40))
def test_clip_is_intersection(pairs, start, end):
    assert minutes(clip(merge(as_intervals(pairs)), at(start), at(end))) == (
        minutes(as_intervals(pairs)) & set(range(start, end))
    )
