"""{% load berth_ui %}: the components of docs/design-system.md."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from berth.design import chart, icons, navigation, time_words
from berth.design import day_bar as bars
from berth.design import floor_plan as plans
from berth.design.fields import FieldView, field_view
from berth.design.money_words import as_money, money_text
from berth.design.plates import PlateView, plate_view
from berth.design.price import PriceView, price_view
from berth.design.reading import read
from berth.design.style_sheets import STYLE_SHEETS
from berth.kernel.money import Money

register = template.Library()
Context = dict[str, Any]
_CODE = re.compile(r"([A-Z0-9]+(?:[-–:][A-Z0-9]+)+)")


@register.simple_tag
def style_sheets() -> SafeString:
    """The links to every style sheet, in order."""
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((static(name),) for name in STYLE_SHEETS))


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An icon of the sprite; size "" (of the text), s, l, xl. Hidden from screen readers unless it has a label."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    modifier = f" icon--{size}" if size else ""
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" {} focusable="false">{}</svg>',
        modifier,
        spoken,
        icons.drawing(name),
    )


@register.inclusion_tag("components/bay_code.html")
def bay_code(code: str, size: str = "", href: str = "", plain: bool = False) -> Context:
    """A-12 as painted on the floor. size: sm, "", md, lg, xl. plain: the letters alone."""
    return {"code": code, "size": size, "href": href, "plain": plain}


@register.inclusion_tag("components/plate.html")
def plate(text: str, colour: str = "", size: str = "") -> PlateView:
    """A plate as on the car; colour blue, green, yellow, white, black, or "" = read from the text. size: sm, "", lg."""
    return plate_view(text, colour, size)


@register.inclusion_tag("components/lamp.html")
def lamp(state: str, text: str = "", size: str = "", boxed: bool = False, working: bool = False) -> Context:
    """green, amber, red or grey, always with its word. working: blinks while something is under way."""
    if state not in ("green", "amber", "red", "grey"):
        raise ValueError(f"a lamp is green, amber, red or grey, not {state!r}")
    return {"state": state, "text": text, "size": size, "boxed": boxed, "working": working}


@register.inclusion_tag("components/day_bar.html")
def day_bar(
    segments: Sequence[Any],
    label: str = "",
    now_minute: int | None = None,
    wish: Sequence[int] = (),
    small: bool = False,
    axis: bool = True,
) -> Context:
    """24 h as one bar. segments: start_minute, end_minute, kind. wish: (from, to) minutes framed over it."""
    segments = list(segments)
    said = bars.spoken(segments)
    return {
        "blocks": bars.blocks(segments),
        "ticks": bars.ticks(),
        "spoken": f"{label}: {said}" if label else said,
        "now": None if now_minute is None else bars.percent(now_minute),
        "wish": (bars.percent(wish[0]), bars.percent(wish[1] - wish[0])) if wish else None,
        "small": small,
        "axis": axis and not small,
    }


@register.inclusion_tag("components/day_legend.html")
def day_legend(*kinds: str) -> Context:
    """What the colours of day bars mean; without arguments free, booked, yours, not offered."""
    chosen = kinds or ("idle", "booked", "yours", "closed")
    return {"kinds": [(kind, bars.KINDS[kind]) for kind in chosen]}


@register.inclusion_tag("components/week_bars.html")
def week_bars(days: Sequence[Any]) -> Context:
    """Day bars under each other on one axis. days: date or label, segments, optionally href and now_minute."""
    rows = [
        {
            "date": read(day, "date"),
            "weekday": time_words.WEEKDAYS[read(day, "date").weekday()] if read(day, "date") else "",
            "short_date": time_words.short_date(read(day, "date")) if read(day, "date") else "",
            "label": read(day, "label", ""),
            "segments": read(day, "segments", ()),
            "href": read(day, "href", ""),
            "now_minute": read(day, "now_minute"),
        }
        for day in days
    ]
    return {"days": rows, "ticks": bars.ticks()}


@register.inclusion_tag("components/price_lines.html")
def price_lines(lines: Sequence[Any], total: Money | int, currency: str = "", unfolded: bool = False) -> PriceView:
    """The all-in number, its lines behind it. A line: label (or text_zh and text_en), amount_minor, optionally note."""
    return price_view(lines, as_money(total, currency), unfolded=unfolded)


@register.simple_tag
def money(amount: Money | int, currency: str = "", signed: bool = False) -> str:
    """¥12.50 from 1250 "CNY" or from a Money."""
    return money_text(as_money(amount, currency), signed=signed)


@register.filter(name="money")
def money_filter(amount: Money | int, currency: str = "") -> str:
    """{{ 1250|money:"CNY" }}"""
    return money_text(as_money(amount, currency))


@register.simple_tag
def local_time(moment: datetime, zone: Any = None) -> SafeString:
    """<time>: 'today 14:30' in the lot's zone."""
    return _time_tag(moment, zone, time_words.moment_words(moment, zone))


@register.simple_tag
def time_range(start: datetime, end: datetime, zone: Any = None) -> SafeString:
    """<time>: 'today 14:30–17:00' in the lot's zone."""
    return _time_tag(start, zone, time_words.range_words(start, end, zone))


@register.filter
def codes(text: str) -> SafeString:
    """Running text in which no bay code, plate or time breaks at its dash: {{ directions|codes }}"""
    pieces = enumerate(_CODE.split(str(text)))
    return format_html_join("", "{}", ((_unbroken(piece) if n % 2 else piece,) for n, piece in pieces))


@register.filter
def duration(minutes: int) -> str:
    """{{ 90|duration }}: 1 h 30 min"""
    return time_words.duration_words(minutes)


@register.inclusion_tag("components/stepper.html")
def stepper(steps: Sequence[str], current: int) -> Context:
    """Steps by name; current counts from 1. One more than there are steps: all done."""
    states = ["done" if n < current else "now" if n == current else "ahead" for n in range(1, len(steps) + 1)]
    return {"steps": list(zip(range(1, len(steps) + 1), steps, states, strict=True))}


@register.inclusion_tag("components/timeline.html")
def timeline(events: Sequence[Any], zone: Any = None, dense: bool = False) -> Context:
    """What happened, in order. An event: title, at, optionally text, icon, tone (green, amber, red)."""
    rows = [{name: read(event, name, "") for name in ("title", "at", "text", "icon", "tone")} for event in events]
    return {"events": rows, "zone": zone, "dense": dense}


@register.inclusion_tag("components/empty_state.html")
def empty_state(icon: str, title: str, text: str = "", action_url: str = "", action_label: str = "") -> Context:
    """A list without entries: what would be here, and the next step."""
    return {"icon": icon, "title": title, "text": text, "action_url": action_url, "action_label": action_label}


@register.inclusion_tag("components/field.html")
def field(
    form_field: BoundField, prefix: str = "", suffix: str = "", variant: str = "", autofocus: bool = False
) -> FieldView:
    """Label, help, control and error of one form field. variant: short, code, plate (inputs), boxes (choices)."""
    return field_view(form_field, prefix=prefix, suffix=suffix, variant=variant, autofocus=autofocus)


@register.inclusion_tag("components/form_fields.html")
def form_fields(form: Any) -> Context:
    """The error summary and every visible field of a form, then the hidden ones."""
    return {"form": form}


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: Any, focus: bool = True) -> Context:
    """What is wrong with the whole form, and links to the fields that need mending."""
    return {"form": form, "faulty": [form[name] for name in form.errors if name in form.fields], "focus": focus}


@register.inclusion_tag("components/floor_plan.html")
def floor_plan(plan: Any, label: str = "", scale: float = 12, legend: bool = True) -> Context:
    """The plan of one level as SVG; scale: px per metre before it is stretched to the page."""
    drawn = [plans.bay(source) for source in read(plan, "bays", ()) or ()]
    width, height = float(read(plan, "width")), float(read(plan, "height"))
    walk = read(plan, "walk", ()) or ()
    shown = {"mine" if bay.mine else bay.state for bay in drawn}
    return {
        "label": label or read(plan, "label", "") or read(plan, "name", ""),
        "width": plans.number(width),
        "height": plans.number(height),
        "pixel_width": round(width * scale),
        "pixel_height": round(height * scale),
        "shapes": [plans.shape(source) for source in read(plan, "shapes", ()) or ()],
        "bays": drawn,
        "linked": any(bay.href for bay in drawn),
        "hx_target": read(plan, "hx_target", ""),
        "controllers": [plans.sign(source, "state") for source in read(plan, "controllers", ()) or ()],
        "gates": [plans.sign(source, "direction") for source in read(plan, "gates", ()) or ()],
        "walk": plans.path_points(walk),
        "walk_end": tuple(map(plans.number, walk[-1])) if walk else None,
        "states": [(state, word) for state, word in plans.STATES.items() if legend and state in shown],
        "mine_shown": legend and "mine" in shown,
    }


@register.inclusion_tag("components/bay_key.html")
def bay_key(state: str) -> Context:
    """A small bay in the legend of a floor plan."""
    return {"state": state}


@register.inclusion_tag("components/chart.html")
def bar_chart(
    data: Sequence[Any], title: str, unit: str = "", currency: str = "", kind: str = "bar", height: int = 160
) -> Context:
    """Bars (kind "bar") or a line ("line"). data: label, value. Money: minor units and currency."""
    return {"chart": chart.build(data, unit=unit, currency=currency, height=height), "title": title, "kind": kind}


@register.inclusion_tag("components/meter.html")
def meter(value: float, maximum: float = 100, tone: str = "", label: str = "") -> Context:
    """A share as a bar. tone: "", ok, warn, bad. The label says it in words."""
    share = 0.0 if maximum <= 0 else max(0.0, min(1.0, value / maximum))
    return {"width": f"{share * 100:.1f}%", "tone": tone, "label": label}


@register.inclusion_tag("components/badge.html")
def badge(text: str, kind: str = "", icon: str = "") -> Context:
    """A short word about a thing. kind: "", action, accent, count."""
    return {"text": text, "kind": kind, "icon": icon}


@register.inclusion_tag("components/tabs.html")
def tabs(items: Sequence[Any], label: str) -> Context:
    """Links to sibling lists: label, href, active, optionally count and icon."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/segmented.html")
def segmented(items: Sequence[Any], label: str) -> Context:
    """Links that change how one list is shown: label, href, active, optionally icon."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Mapping[str, Any], page: Page[Any], parameter: str = "page") -> Context:
    """Pages of a list; the other query parameters are kept."""
    request: HttpRequest | None = context.get("request")
    query = request.GET.copy() if request is not None else None

    def address(number: int) -> str:
        if query is None:
            return f"?{parameter}={number}"
        query[parameter] = str(number)
        return f"?{query.urlencode()}"

    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "page": page,
        "numbers": [(n, address(n) if isinstance(n, int) else "") for n in numbers],
        "previous": address(page.number - 1) if page.has_previous() else "",
        "next": address(page.number + 1) if page.has_next() else "",
    }


@register.inclusion_tag("components/skeleton.html")
def skeleton(kind: str = "card", count: int = 3) -> Context:
    """The shape of what is being loaded: card, rows, bar or map."""
    return {"kind": kind, "places": range(count)}


@register.inclusion_tag("components/progress.html")
def progress(label: str, value: int | None = None, maximum: int = 100) -> Context:
    """What is happening and how far; without a value only that it is."""
    return {"label": label, "value": value, "maximum": maximum}


@register.simple_block_tag
def note(content: str, kind: str = "info", icon_name: str = "") -> SafeString:
    """{% note "warn" %}…{% endnote %}: a remark in the flow. kind: info, ok, warn, bad."""
    drawn = icon_name or {"ok": "check", "warn": "alert", "bad": "alert"}.get(kind, "info")
    role = SafeString(' role="alert"') if kind == "bad" else ""
    return format_html('<div class="note note--{}"{}>{}<div>{}</div></div>', kind, role, icon(drawn), content)


@register.simple_block_tag
def dialog(content: str, name: str, title: str) -> SafeString:
    """{% dialog "cancel" title %}…{% enddialog %}, opened by data-dialog-open="cancel": the name is its id."""
    return render_to_string("components/dialog.html", {"name": name, "title": title, "content": content})


@register.inclusion_tag("components/nav_links.html", takes_context=True)
def primary_links(context: Mapping[str, Any]) -> Context:
    """The primary navigation of this person."""
    return {"links": navigation.links(navigation.PRIMARY, context.get("request"))}


@register.simple_tag(takes_context=True)
def account_links(context: Mapping[str, Any]) -> list[navigation.Link]:
    """The entries of the account menu of this person."""
    return navigation.links(navigation.ACCOUNT, context.get("request"))


def _unbroken(code: str) -> SafeString:
    return format_html('<span class="keep">{}</span>', code)


def _time_tag(moment: datetime, zone: Any, words: str) -> SafeString:
    local = moment.astimezone(time_words.zone_of(zone))
    parts = format_html_join(" – ", '<span class="keep">{}</span>', ((part,) for part in words.split(" – ")))
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), parts)
