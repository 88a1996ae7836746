"""Times as people say them: 'today 14:30–17:00', 今天 14:30–17:00. Zones are named only when they differ."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

Zone = tzinfo | str | None
LOCAL = "%Y-%m-%dT%H:%M"
"""How times stand in addresses and forms: local to the viewer, as a browser's date field has them."""
WEEKDAYS = (
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)
"""Short: in Chinese 周一 … 周日, where Django's own catalogue has 星期一."""


def zone_of(zone: Zone) -> tzinfo:
    """The zone itself, the one of that IANA name, or the viewer's."""
    if not zone:
        return timezone.get_current_timezone()
    return ZoneInfo(zone) if isinstance(zone, str) else zone


def day_words(day: date, today: date) -> str:
    """'today', 'tomorrow', 'yesterday', else weekday and date; the year only when it is another one."""
    near = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}.get((day - today).days)
    if near:
        return near
    if day.year != today.year:
        return date_format(day, pgettext("date with year, PHP-like format", "j M Y"))
    names = {"weekday": WEEKDAYS[day.weekday()], "date": short_date(day)}
    return pgettext("weekday and date", "%(weekday)s %(date)s") % names


def short_date(day: date) -> str:
    """'25 Nov', 11月25日."""
    return date_format(day, pgettext("date without year, PHP-like format", "j M"))


def moment_words(moment: datetime, zone: Zone = None) -> str:
    """One instant: 'today 14:30'."""
    local = moment.astimezone(zone_of(zone))
    words = f"{day_words(local.date(), _today(zone))} {local:%H:%M}"
    return _with_zone(words, moment, zone)


def range_words(start: datetime, end: datetime, zone: Zone = None) -> str:
    """A period: 'today 14:30–17:00', 'today 22:00 – tomorrow 06:00'. Midnight ends a day as 24:00."""
    here, there = start.astimezone(zone_of(zone)), end.astimezone(zone_of(zone))
    first = day_words(here.date(), _today(zone))
    if there.date() == here.date():
        words = f"{first} {here:%H:%M}–{there:%H:%M}"
    elif there == _midnight_after(here):
        words = f"{first} {here:%H:%M}–24:00"
    else:
        words = f"{first} {here:%H:%M} – {day_words(there.date(), _today(zone))} {there:%H:%M}"
    return _with_zone(words, start, zone)


def clock_text(minute: int) -> str:
    """Minute of the day as a clock shows it; 1440 is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def duration_words(minutes: int) -> str:
    """'1 h 30 min', '2 days 3 h'; 0 and less is '0 min'."""
    days, rest = divmod(max(minutes, 0), 1440)
    hours, left = divmod(rest, 60)
    parts = [
        _("%(count)s d") % {"count": days} if days else "",
        _("%(count)s h") % {"count": hours} if hours else "",
        _("%(count)s min") % {"count": left} if left or not (days or hours) else "",
    ]
    return " ".join(part for part in parts if part)


def _today(zone: Zone) -> date:
    return timezone.now().astimezone(zone_of(zone)).date()


def _midnight_after(moment: datetime) -> datetime:
    return (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _with_zone(words: str, moment: datetime, zone: Zone) -> str:
    same = moment.astimezone(zone_of(zone)).utcoffset() == moment.astimezone(zone_of(None)).utcoffset()
    return words if same else _("%(time)s (local time there)") % {"time": words}
