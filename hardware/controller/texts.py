"""What a controller's display says, Chinese above English: it cannot know who stands before it."""

from __future__ import annotations

TEXTS = {
    "ready": ("请刷卡", "Swipe your card"),
    "checking": ("正在核验…", "Checking…"),
    "opening": ("核验通过，正在开锁", "Accepted, opening the lock"),
    "open": ("车位锁已打开，请入位", "Lock open, please park"),
    "swipe_again": ("未能核验，请再刷一次", "Not accepted, please swipe again"),
    "too_early": ("还没到预定时间，请稍后再刷", "Your booking has not started yet, please try later"),
    "too_late": ("预定时间已结束", "Your booking has ended"),
    "card_revoked": ("此卡已失效", "This card is no longer valid"),
    "lock_out_of_order": ("车位锁故障，请联系值班人员", "Lock out of order, please ask the staff"),
    "press_emergency": ("多次未能核验，请按紧急按钮呼叫值班", "Not accepted. Press the emergency button for help"),
    "help_is_called": ("已呼叫值班人员，请稍候", "Staff have been called, please wait"),
    "offline": ("系统连接中断，请按紧急按钮", "No connection. Press the emergency button"),
}


def text_of(key: str) -> str:
    """Both languages, a line each."""
    return "\n".join(TEXTS[key])
