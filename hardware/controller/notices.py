"""What a controller's face says: texts, Chinese above English since it cannot know who stands before it, with a lamp
and a sound, so that who cannot read them is told as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Notice:
    """``led``: white, green, amber or red. ``buzzer``: short, double, long or nothing."""

    text: str
    led: str = "white"
    buzzer: str = ""


class _Words(NamedTuple):
    zh: str
    en: str
    led: str = "white"
    buzzer: str = ""


NOTICES = {
    "ready": _Words("请刷卡", "Swipe your card"),
    "checking": _Words("正在核验…", "Checking…", "amber"),
    "opening": _Words("核验通过，正在开锁", "Accepted, opening the lock", "green", "short"),
    "open": _Words("车位锁已打开，请入位", "Lock open, please park", "green", "short"),
    "swipe_again": _Words("未能核验，请再刷一次", "Not accepted, please swipe again", "red", "double"),
    "too_early": _Words(
        "还没到预定时间，请稍后再刷", "Your booking has not started yet, please try later", "red", "double"
    ),
    "too_late": _Words("预定时间已结束", "Your booking has ended", "red", "double"),
    "card_revoked": _Words("此卡已失效", "This card is no longer valid", "red", "double"),
    "lock_out_of_order": _Words(
        "车位锁故障，请联系值班人员", "Lock out of order, please ask the staff", "red", "double"
    ),
    "press_emergency": _Words(
        "多次未能核验，请按紧急按钮呼叫值班", "Not accepted. Press the emergency button for help", "red", "long"
    ),
    "help_is_called": _Words("已呼叫值班人员，请稍候", "Staff have been called, please wait", "amber", "short"),
    "offline": _Words("系统连接中断，请按紧急按钮", "No connection. Press the emergency button", "red"),
}


def notice_of(key: str, text: str = "") -> Notice:
    """A notice by its key; with ``text`` the words of the lot server, which are the way to another controller."""
    if text:
        return Notice(text, "amber", "double")
    words = NOTICES[key]
    return Notice(f"{words.zh}\n{words.en}", words.led, words.buzzer)
