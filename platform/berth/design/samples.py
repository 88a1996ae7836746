"""What the component catalogue shows: plausible things, short and long, in the active language."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from berth.design.icons import drawings
from berth.design.sample_lot import sample_map, sample_plan


class SampleForm(forms.Form):
    """One field of each kind; bound with faulty data in the catalogue."""

    phone = forms.CharField(
        label=gettext_lazy("Phone number"),
        help_text=gettext_lazy("We send a code; no password is needed."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    price = forms.DecimalField(label=gettext_lazy("Price per hour"), min_value=0)
    plate = forms.CharField(
        label=gettext_lazy("Plate"), help_text=gettext_lazy("As on the car; the gate's camera looks for it.")
    )
    weekday = forms.ChoiceField(
        label=gettext_lazy("Day"), choices=[("0", gettext_lazy("Monday")), ("1", gettext_lazy("Tuesday"))]
    )
    pay_with = forms.ChoiceField(
        label=gettext_lazy("Pay with"),
        widget=forms.RadioSelect,
        choices=[("alipay", gettext_lazy("Alipay")), ("wechat", gettext_lazy("WeChat Pay"))],
        initial="alipay",
    )
    note = forms.CharField(
        label=gettext_lazy("Note to renters"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    extend = forms.BooleanField(
        label=gettext_lazy("Extend by itself when I am late"),
        help_text=gettext_lazy("Only while the spot is free; you pay the same price per hour."),
        required=False,
    )


TOKENS = {
    gettext_lazy("Ground"): ("bg", "surface", "surface-sunken", "line", "line-strong", "text", "text-muted"),
    gettext_lazy("Action"): ("action", "action-hover", "action-soft", "action-ink"),
    gettext_lazy("State"): ("ok", "ok-soft", "warn", "warn-soft", "bad", "bad-soft", "off", "off-soft"),
    gettext_lazy("Floor"): ("floor", "floor-lane", "paint", "paint-dim", "paint-yellow"),
}


def catalogue(request: HttpRequest) -> dict[str, Any]:
    """Context of the catalogue page."""
    now = timezone.now()
    today = timezone.localdate()
    return {
        "tokens": list(TOKENS.items()),
        "icons": sorted(drawings()),
        "segments": SEGMENTS,
        "wish": (540, 660),
        "now_minute": 13 * 60 + 20,
        "week": _week(today),
        "price_lines": _price_lines(),
        "moment": now.replace(minute=30, second=0) + timedelta(hours=1),
        "later": now.replace(minute=0, second=0) + timedelta(hours=4),
        "next_week": now + timedelta(days=9),
        "steps": [_("Spot"), _("Car and price"), _("Payment"), _("Booked")],
        "events": _events(now),
        "form": SampleForm(),
        "faulty": SampleForm({"phone": "", "price": "-3", "plate": "", "weekday": "0", "pay_with": "alipay"}),
        "plan": sample_plan(),
        "map": sample_map(),
        "earnings": [{"label": f"{n}", "value": v} for n, v in zip(range(9, 16), EARNED, strict=True)],
        "balance": [{"label": f"{n}", "value": v} for n, v in zip(range(1, 13), BALANCE, strict=True)],
        "use": [{"label": f"{n}", "value": v} for n, v in zip(range(1, 29), USED, strict=True)],
        "tabs": _tabs(),
        "views": _views(),
        "page": Paginator(range(240), 20).get_page(request.GET.get("page", 4)),
        "rows": _rows(now),
    }


SEGMENTS = [
    {"start_minute": 510, "end_minute": 1080, "kind": "idle"},
    {"start_minute": 600, "end_minute": 720, "kind": "booked"},
    {"start_minute": 870, "end_minute": 1020, "kind": "yours"},
    {"start_minute": 0, "end_minute": 560, "kind": "past"},
]
EARNED = (1250, 0, 2400, 3100, 1800, 4250, 3650)
BALANCE = (12000, 8400, -3500, -6200, 2100, 9800, 14500, 7000, -1200, 300, 8800, 16000)
USED = (42, 48, 51, 46, 60, 71, 68, 44, 47, 53, 55, 62, 74, 70, 41, 49, 50, 57, 63, 78, 72, 40, 45, 52, 58, 66, 80, 75)


def _week(today: date) -> list[dict[str, Any]]:
    monday = today - timedelta(days=today.weekday())
    idle = {"start_minute": 510, "end_minute": 1080, "kind": "idle"}
    booked = {"start_minute": 540, "end_minute": 660, "kind": "booked"}
    night = {"start_minute": 0, "end_minute": 480, "kind": "idle"}
    days = [[idle], [idle, booked], [idle], [night, idle, booked], [idle], [], []]
    return [{"date": monday + timedelta(days=n), "segments": day} for n, day in enumerate(days)]


def _price_lines() -> list[dict[str, Any]]:
    return [
        {"label": _("Spot, 2 h 30 min at ¥6.00"), "amount_minor": 1500, "note": _("Charged by the quarter hour")},
        {"label": _("Coupon for your first booking"), "amount_minor": -250},
        {"label": _("Service fee"), "amount_minor": 0},
    ]


def _events(now: Any) -> list[dict[str, Any]]:
    ago = [now - timedelta(minutes=minutes) for minutes in (64, 62, 58, 57, 1)]
    return [
        {"title": _("Plate read at the entrance"), "at": ago[0], "icon": "camera",
         "text": _("粤B·12345, sure to 98 %")},
        {"title": _("IC card handed out"), "at": ago[1], "icon": "card"},
        {"title": _("Swiped at controller 1"), "at": ago[2], "icon": "swipe", "tone": "amber",
         "text": _("Sent on: A-12 is at controller 2, 18 m ahead on the left.")},
        {"title": _("Lock opened"), "at": ago[3], "icon": "lock-open", "tone": "green"},
        {"title": _("Lock does not answer"), "at": ago[4], "icon": "alert", "tone": "red",
         "text": _("Tried 5 times in 25 s. Security has been called and is on the way.")},
    ]  # fmt: skip


def _tabs() -> list[dict[str, Any]]:
    return [
        {"label": _("Ahead"), "href": "#tabs", "active": True, "count": 2},
        {"label": _("Past"), "href": "#tabs", "count": 14},
        {"label": _("Cancelled"), "href": "#tabs"},
    ]


def _views() -> list[dict[str, Any]]:
    return [
        {"label": _("List"), "href": "#tabs", "icon": "list", "active": True},
        {"label": _("Map"), "href": "#tabs", "icon": "map"},
    ]


def _rows(now: Any) -> list[dict[str, Any]]:
    return [
        {"code": "A-12", "plate": "粤B12345", "colour": "", "start": now, "end": now + timedelta(hours=3),
         "minor": 1800, "state": "green", "word": _("in the spot")},
        {"code": "B-03", "plate": "粤AD12345", "colour": "", "start": now, "end": now + timedelta(hours=30),
         "minor": 9600, "state": "amber", "word": _("on the way")},
        {"code": "C-118", "plate": "沪A88888", "colour": "yellow", "start": now, "end": now + timedelta(days=2),
         "minor": 123450, "state": "red", "word": _("overstayed by 1 h 20 min")},
    ]  # fmt: skip
