"""Tasks: sent to our broker after the commit, under names that the worker knows; harmless when repeated."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection, transaction

from berth.celery import app
from finance import tasks
from finance.domain.payments import close_payment, poll_pending, refund
from finance.models import Payment, Refund
from tests.finance.cashier_process import CashierProcess
from tests.finance.conftest import ask_for_payment, make_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queue() -> Iterator[redis.Redis]:
    """The worker's queue at the broker, where nobody works in tests."""
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    client.delete("celery")
    yield client
    client.delete("celery")
    client.close()


def sent(queue: redis.Redis) -> list[tuple[str, str]]:
    """Task names and first arguments, the oldest first."""
    messages = [json.loads(raw)["headers"] for raw in queue.lrange("celery", 0, -1)]
    return [(headers["task"], headers["argsrepr"]) for headers in reversed(messages)]


def test_close_is_sent_on_commit_from_any_thread_and_never_before(queue: redis.Redis) -> None:
    subject_id = uuid.uuid4()

    def close() -> list[tuple[str, str]]:
        try:
            with transaction.atomic():
                close_payment(subject_id=subject_id)
                return sent(queue)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(close).result() == []
    assert sent(queue) == [("finance.tasks.close_payments", f"['{subject_id}']")]


def test_rolled_back_close_is_not_sent(queue: redis.Redis) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        close_payment(subject_id=uuid.uuid4())
        raise RuntimeError
    assert sent(queue) == []


def test_refund_is_sent_and_done_by_its_task(queue: redis.Redis, cashier: CashierProcess) -> None:
    payment = ask_for_payment(make_member())
    cashier.decide(payment.pay_url, "pay_untold")
    tasks.poll_pending_payments()
    promised = refund(payment=payment, reference=f"refund:{payment.pk}", amount_minor=1250, reason="")
    assert sent(queue) == [("finance.tasks.send_refund", f"['{promised.pk}']")]
    for _time in range(2):
        tasks.send_refund(str(promised.pk))
    assert Refund.objects.get().state == "succeeded"
    assert poll_pending().failed == 0


def test_close_task_closes(cashier: CashierProcess) -> None:
    payment = ask_for_payment(make_member())
    for _time in range(2):
        tasks.close_payments(str(payment.subject_id))
    assert Payment.objects.get().state == "closed"


def test_worker_knows_what_is_sent_and_scheduled() -> None:
    app.loader.import_default_modules()
    names = {"finance.tasks.close_payments", "finance.tasks.send_refund", "finance.tasks.poll_pending_payments"}
    assert names <= set(app.tasks)
    assert app.conf.beat_schedule["poll-pending-payments"]["task"] in names
