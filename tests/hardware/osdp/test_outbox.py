from __future__ import annotations

from hardware.osdp import replies, vendor
from hardware.osdp.messages import Message
from hardware.osdp.outbox import Outbox


def outbox() -> Outbox:
    return Outbox(resend_after=0.5, last_number=0)


def told(box: Outbox, now: float) -> list[Message]:
    """All that the polls of this moment are answered with."""
    out = []
    while (reply := box.next(now)) is not None:
        assert isinstance(reply, replies.ManufacturerReply)
        out.append(vendor.read_reply(reply).message)
    return out


def test_messages_go_in_order_and_again_when_it_is_time() -> None:
    box = outbox()
    both = [vendor.Swipe(1, 1, b"a"), vendor.LockReport(1, 0, 2, vendor.Outcome.OPENED, 2)]
    for message in both:
        box.put_vendor(message)
    assert told(box, 0.0) == both
    assert told(box, 0.4) == []
    assert told(box, 0.5) == both


def test_further_attempt_takes_the_place_of_the_one_before() -> None:
    box = outbox()
    for attempt in (1, 2, 3):
        box.put_vendor(vendor.Swipe(7, attempt, b"a"))
    box.put_vendor(vendor.Swipe(8, 1, b"b"))
    assert told(box, 0.0) == [vendor.Swipe(7, 3, b"a"), vendor.Swipe(8, 1, b"b")]


def test_newer_status_takes_the_place_of_the_older() -> None:
    box = outbox()
    box.put_vendor(vendor.Status((1, 1)))
    box.put_vendor(vendor.Status((1, 2)))
    assert told(box, 0.0) == [vendor.Status((1, 2))]


def test_numbers_are_never_zero() -> None:
    box = Outbox(resend_after=0.5, last_number=0xFFFE)
    assert [box.put_vendor(vendor.Emergency(0, 1)) for _ in range(3)] == [0xFFFF, 1, 2]


def test_acknowledged_or_withdrawn_is_told_no_more() -> None:
    box = outbox()
    number = box.put_vendor(vendor.Emergency(0, 1))
    assert box.acknowledge(number)
    assert not box.acknowledge(number)
    assert told(box, 0.0) == []
    assert box.unacknowledged == 0


def test_new_session_hears_at_once_what_the_last_may_have_missed() -> None:
    box = outbox()
    box.put_vendor(vendor.Emergency(0, 1))
    assert told(box, 0.0) == [vendor.Emergency(0, 1)]
    assert told(box, 0.1) == []
    box.session_ended()
    assert told(box, 0.1) == [vendor.Emergency(0, 1)]


def test_plain_reply_is_kept_until_the_panel_goes_on() -> None:
    box = outbox()
    box.put_plain(replies.Keypad(b"1"))
    box.put_plain(replies.Keypad(b"2"))
    assert box.next(0.0) == replies.Keypad(b"1")
    box.session_ended()
    assert box.next(0.0) == replies.Keypad(b"1")
    box.confirm()
    box.session_ended()
    assert box.next(0.0) == replies.Keypad(b"2")
