"""What the worker does for the lots."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from lots.domain import calendar
from lots.domain.idle_check import check_idle_time as check
from lots.domain.idle_time import roll

log = logging.getLogger(__name__)


@shared_task  # type: ignore[untyped-decorator]
def roll_idle_time() -> None:
    """Each hour: where a new local day has begun, idle time reaches one day further."""
    log.info("idle time rolled on for %s spots", roll(now=timezone.now()))


@shared_task  # type: ignore[untyped-decorator]
def check_idle_time() -> None:
    """Each night: derived must equal stored; what differs is mended and told."""
    for difference in check(repair=True):
        log.error("idle time of %s was wrong (%s); rebuilt", difference.spot, difference.fault)


@shared_task  # type: ignore[untyped-decorator]
def follow_calendar(region: str) -> None:
    """Staff changed the region's holidays: idle time follows."""
    log.info("idle time of %s spots follows the calendar of %s", calendar.follow(region), region)
