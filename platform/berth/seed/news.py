"""Announcements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from lots.models import Lot
from marketing.models import Announcement


@dataclass(frozen=True, slots=True)
class News:
    """``lot``: its code, or empty for everyone."""

    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    days_ago: int
    lot: str = ""
    pinned: bool = False


NEWS = (
    News(
        title_zh="怡景花园和天河北华庭开放预定",
        title_en="Yijing Garden and Tianhe North Court are open for booking",
        body_zh="两个小区的业主已经把闲置车位放到泊位上。白天上班、周末串门，都可以先订好车位再出门。进场识别车牌，车位锁刷卡即开。\n"
        "价格在付款前全部列清，第一眼看到的就是最后要付的。",
        body_en="Residents of both now offer their idle spots on Berth. Book before you set out: the camera reads your "
        "plate, the card opens your spot.\nThe first price you see is the one you pay.",
        pinned=True,
        days_ago=6,
    ),
    News(
        lot="zhujiang",
        title_zh="花城广场停车场新增 4 个充电车位",
        title_en="Four new charging bays at Huacheng Square",
        body_zh="B-01 至 B-04 已装好 7 kW 交流桩，停车费不变，电费按桩上显示另付。",
        body_en="B-01 to B-04 now have 7 kW AC chargers. Parking costs the same; electricity is paid at the charger.",
        days_ago=3,
    ),
    News(
        lot="yijing",
        title_zh="怡景花园东门夜间施工",
        title_en="Night works at the east gate of Yijing Garden",
        body_zh="本周五 23:00 至次日 5:00，东门外路面翻新。期间请从冼村路北口绕行，已订车位不受影响。",
        body_en="On Friday from 23:00 to 5:00 the road at the east gate is resurfaced. Come by the north end of "
        "Xiancun Road; bookings are not affected.",
        days_ago=1,
    ),
    News(
        title_zh="到场后车位被占、锁打不开怎么办",
        title_en="Spot taken, or its lock stays up? Press the button",
        body_zh="遇到车位被占或锁打不开，按集控器上的紧急按钮，值班人员马上来处理。",
        body_en="If your spot is taken or its lock stays up, press the emergency button on the controller: the person "
        "on duty comes to help at once.",
        days_ago=12,
    ),
)


def make_news(lots: dict[str, Lot]) -> None:
    """Only on the first run: staff may edit and remove them."""
    if Announcement.objects.exists():
        return
    now = timezone.now()
    for news in NEWS:
        Announcement.objects.create(
            title_zh=news.title_zh,
            title_en=news.title_en,
            body_zh=news.body_zh,
            body_en=news.body_en,
            lot=lots.get(news.lot),
            pinned=news.pinned,
            published_at=now - timedelta(days=news.days_ago, hours=3),
        )
