"""M7c in virtual time: verification retries, swipes again, the emergency prompt."""

from __future__ import annotations

import pytest

from hardware.controller.actions import Show, StartUnlock, Tell
from hardware.controller.verification import State, Verification
from hardware.osdp.vendor import DenialReason, Denied, Elsewhere, Open, Swipe

CARD = b"credential"


def asked(actions):
    return [(a.message.request, a.message.attempt) for a in actions if isinstance(a, Tell)]


def shown(actions):
    return [a.key for a in actions if isinstance(a, Show)]


def fail_one_swipe(verification, now):
    """Swipe and deny every attempt; the actions of the last denial, and the time then."""
    verification.card(CARD, now)
    for _ in range(verification.times.retries):
        assert verification.verdict(Denied(verification.request, DenialReason.NO_GRANT), now) == []
        now = verification.deadline
        assert asked(verification.tick(now)) == [(verification.request, verification.attempt)]
    return verification.verdict(Denied(verification.request, DenialReason.NO_GRANT), now), now


def test_card_is_sent_with_a_request_number():
    verification = Verification(request=41)
    assert verification.card(CARD, 0) == [Show("checking"), Tell(Swipe(42, 1, CARD))]


def test_open_verdict_starts_the_lock_job():
    verification = Verification()
    verification.card(CARD, 0)
    assert verification.verdict(Open(1, lock=3, hold=60), 0.1) == [Show("opening"), StartUnlock(3, 1, 60.0)]
    assert verification.state is State.READY


def test_elsewhere_verdict_shows_the_way():
    verification = Verification()
    verification.card(CARD, 0)
    assert verification.verdict(Elsewhere(1, "去 2 号集控器"), 0.1) == [Show(text="去 2 号集控器", seconds=20.0)]


def test_denied_verdict_is_asked_again_5_times_1_s_apart():
    verification = Verification()
    verification.card(CARD, 0)
    times = []
    now = 0.0
    while verification.state is not State.READY:
        verification.verdict(Denied(1, DenialReason.NO_GRANT), now)
        if verification.deadline is None:
            break
        assert verification.tick(verification.deadline - 0.001) == []
        now = verification.deadline
        verification.tick(now)
        times.append(now)
    assert times == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_silence_is_asked_again_5_times_then_fails():
    verification = Verification()
    verification.card(CARD, 0)
    requests = []
    for now in (1, 2, 3, 4, 5):
        requests += asked(verification.tick(now))
    assert requests == [(1, 2), (1, 3), (1, 4), (1, 5), (1, 6)]
    assert shown(verification.tick(6)) == ["swipe_again"]


def test_third_failed_swipe_asks_for_the_emergency_button():
    verification = Verification()
    now, texts = 0.0, []
    for _ in range(3):
        actions, now = fail_one_swipe(verification, now)
        texts += shown(actions)
    assert texts == ["swipe_again", "swipe_again", "press_emergency"]


def test_success_forgets_failures():
    verification = Verification()
    _, now = fail_one_swipe(verification, 0.0)
    _, now = fail_one_swipe(verification, now)
    verification.card(CARD, now)
    verification.verdict(Open(verification.request, 0), now)
    assert shown(fail_one_swipe(verification, now)[0]) == ["swipe_again"]


def test_failures_of_somebody_long_gone_do_not_count():
    verification = Verification()
    _, now = fail_one_swipe(verification, 0.0)
    _, now = fail_one_swipe(verification, now)
    assert shown(fail_one_swipe(verification, now + 121)[0]) == ["swipe_again"]


@pytest.mark.parametrize("verdict", [Open(7, 0), Elsewhere(7, "x"), Denied(7, 1)])
def test_verdict_for_another_swipe_changes_nothing(verdict):
    verification = Verification()
    verification.card(CARD, 0)
    assert verification.verdict(verdict, 0.1) == []
    assert verification.state is State.VERIFYING


def test_repeated_open_verdict_opens_once():
    verification = Verification()
    verification.card(CARD, 0)
    assert len(verification.verdict(Open(1, 0), 0.1)) == 2
    assert verification.verdict(Open(1, 0), 0.2) == []


def test_the_same_card_again_does_not_start_over():
    verification = Verification()
    verification.card(CARD, 0)
    assert verification.card(CARD, 0.3) == []


def test_another_card_takes_over():
    verification = Verification()
    verification.card(CARD, 0)
    assert asked(verification.card(b"other", 0.3)) == [(2, 1)]


def test_reason_is_told_where_it_helps():
    verification = Verification()
    verification.card(CARD, 0)
    for now in range(5):
        verification.verdict(Denied(1, DenialReason.TOO_EARLY), now)
        verification.tick(now + 1)
    assert shown(verification.verdict(Denied(1, DenialReason.TOO_EARLY), 5)) == ["too_early"]


def test_request_numbers_wrap_without_zero():
    verification = Verification(request=0xFFFF)
    verification.card(CARD, 0)
    assert verification.request == 1
