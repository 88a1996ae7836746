"""What workers and beat do for members."""

from __future__ import annotations

from celery import shared_task

from members.domain import outbox


@shared_task(name="members.tasks.deliver_outbox")  # type: ignore[untyped-decorator]
def deliver_outbox() -> None:
    outbox.deliver_waiting()
