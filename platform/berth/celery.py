"""The platform's Celery app: workers and beat. Lot servers have an app of their own (hardware.lotserver)."""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab, schedule

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "berth.settings")

app = Celery("berth")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "expire-holds": {"task": "trading.tasks.expire_holds", "schedule": schedule(10.0)},
    "poll-pending-payments": {"task": "finance.tasks.poll_pending_payments", "schedule": schedule(30.0)},
    "prepare-payouts": {
        "task": "finance.tasks.prepare_payouts",
        "schedule": crontab(day_of_week="mon", hour="1", minute="0"),
    },
    "reconcile-yesterday": {"task": "finance.tasks.reconcile_yesterday", "schedule": crontab(hour="18", minute="30")},
    "roll-idle-time": {"task": "lots.tasks.roll_idle_time", "schedule": schedule(3600.0)},
    "deliver-outbox": {"task": "members.tasks.deliver_outbox", "schedule": schedule(5.0)},
    "end-unused-bookings": {"task": "trading.tasks.end_unused_bookings", "schedule": schedule(60.0)},
    "review-strangers": {"task": "hardware.tasks.review_strangers", "schedule": schedule(60.0)},
    "escalate-emergency-calls": {"task": "hardware.tasks.escalate_emergency_calls", "schedule": schedule(10.0)},
    "purge-gate-pictures": {"task": "hardware.tasks.purge_gate_pictures", "schedule": schedule(3600.0)},
    "check-idle-time": {"task": "lots.tasks.check_idle_time", "schedule": crontab(hour="19", minute="10")},
}
