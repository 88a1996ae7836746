"""Each attack on a line, and each controller that is not what it should be, is named at the desk in both languages."""

from __future__ import annotations

import pytest
from django.utils import translation

from hardware.event_kinds import EventKind
from operations.sentences import sentence


@pytest.mark.parametrize(
    ("kind", "reason", "english", "chinese"),
    [
        (EventKind.CONTROLLER_CHANGED, "wrong_key", "C3 does not hold this lot's key", "C3 的密钥不是本车场的"),
        (EventKind.CONTROLLER_CHANGED, "clear_text", "C3 refuses encryption", "C3 拒绝加密"),
        (EventKind.CONTROLLER_CHANGED, "address_clash", "two devices may share its address", "可能有两台设备共用"),
        (EventKind.REJECTED, "mac", "replayed or forged message in the name of controller C3", "C3 名义的重放或伪造"),
        (EventKind.REJECTED, "clear_text", "unencrypted message in the name of controller C3", "C3 名义的未加密"),
    ],
)
def test_trouble_on_a_line_is_named(kind: EventKind, reason: str, english: str, chinese: str) -> None:
    payload = {"controller": "C3", "online": False, "source": "osdp", "detail": "C3", "reason": reason}
    for language, expected in (("en", english), ("zh-hans", chinese)):
        with translation.override(language):
            assert expected in sentence(kind, payload).text
