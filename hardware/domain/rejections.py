"""What was refused at the door: logged, and counted per day, source and reason."""

from __future__ import annotations

import logging
from datetime import date

from django.core.cache import cache
from django.utils import timezone

log = logging.getLogger(__name__)
KEPT = 3 * 24 * 3600
REASONS = ("unknown_lot", "timestamp", "signature", "other_lot", "rollback")


def count(*, source: str, reason: str, detail: str = "") -> None:
    """One more refusal. ``detail`` is what the other side claimed; it goes into the log only."""
    log.warning("refused %s: %s (%.60r)", source, reason, detail)
    key = _key(source, reason, timezone.now().date())
    cache.add(key, 0, KEPT)
    try:
        cache.incr(key)
    except ValueError:  # expired between the two lines
        cache.set(key, 1, KEPT)


def of_day(*, source: str, day: date) -> dict[str, int]:
    """Refusals of a day by reason."""
    keys = {_key(source, reason, day): reason for reason in REASONS}
    return {keys[key]: int(number) for key, number in cache.get_many(list(keys)).items()}


def _key(source: str, reason: str, day: date) -> str:
    return f"hardware.refused.{source}.{reason}.{day.isoformat()}"
