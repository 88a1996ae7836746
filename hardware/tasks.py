"""Doors for the worker and beat."""

from __future__ import annotations

from celery import shared_task

from hardware.domain import commands, emergencies, pictures, spot_health


@shared_task  # type: ignore[untyped-decorator]
def escalate_emergency_calls() -> int:
    """Every 10 s: pass on calls that nobody took, and close orders that no lot answered."""
    commands.give_up_unanswered()
    return emergencies.escalate_due()


@shared_task  # type: ignore[untyped-decorator]
def review_strangers() -> int:
    """Every minute: a vehicle that nobody let on becomes a stranger's when the owner's time ends."""
    return spot_health.review_strangers()


@shared_task  # type: ignore[untyped-decorator]
def purge_gate_pictures() -> int:
    """Every hour: what cameras saw is forgotten after BERTH_GATE_PICTURE_DAYS."""
    return pictures.purge()
