"""Devices in words and lamps."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from hardware.models import Controller, LotServer, SpotLock

Position = SpotLock.Position
HEARD_LATELY, HEARD_TODAY = timedelta(seconds=90), timedelta(minutes=5)
"""A lot server says something every half minute: it is fine within three of them, and away after five minutes."""


def lock_words(lock: SpotLock | None) -> tuple[str, str]:
    """Lamp and word of a lock: green where device and order agree, amber on the way, red where help is needed."""
    if lock is None:
        return "grey", _("no lock")
    lamp, word = {
        Position.RAISED: ("green", _("lock closed")),
        Position.LOWERED: ("green", _("lock open")),
        Position.MOVING: ("amber", _("lock moving")),
        Position.JAMMED: ("red", _("lock jammed")),
        Position.OFFLINE: ("red", _("lock does not answer")),
    }.get(Position(lock.acknowledged), ("grey", _("lock not heard yet")))
    if lamp == "green" and lock.commanded != lock.acknowledged:
        return "amber", _("lock not where it should be")
    if lamp == "green" and lock.works is False:
        return "red", _("%(state)s, did not move when told to") % {"state": word}
    if lamp == "green" and lock.battery_low:
        return "amber", _("%(state)s, battery low") % {"state": word}
    if lamp == "green" and lock.drifting:
        return "amber", _("%(state)s, wearing out") % {"state": word}
    return lamp, word


def controller_words(controller: Controller) -> tuple[str, str]:
    if controller.state_at is None:
        return "grey", _("not heard yet")
    return ("green", _("online")) if controller.online else ("red", _("offline"))


def server_words(server: LotServer | None, *, now: datetime | None = None) -> tuple[str, str]:
    """Lamp and word of the lot server, by when it was last heard."""
    if server is None or server.last_seen_at is None:
        return "grey", _("not heard yet")
    silent = (now or timezone.now()) - server.last_seen_at
    if silent <= HEARD_LATELY:
        return "green", _("connected")
    if silent <= HEARD_TODAY:
        return "amber", _("silent for a moment")
    return "red", _("not connected: the lot works alone, news arrive later")
