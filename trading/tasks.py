"""Periodic work of trading (schedule: berth.celery)."""

from __future__ import annotations

from celery import shared_task

from trading.domain import bookings


@shared_task(name="trading.tasks.expire_holds")  # type: ignore[untyped-decorator]
def expire_holds() -> int:
    return bookings.expire_holds()


@shared_task(name="trading.tasks.end_unused_bookings")  # type: ignore[untyped-decorator]
def end_unused_bookings() -> int:
    return bookings.end_unused()
