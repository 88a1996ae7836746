"""Notifications: believed only if signed, fresh and fitting; stored whatever they are; applied once."""

from __future__ import annotations

import hashlib
import json
import random
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.signals import got_request_exception
from django.test import Client
from django.utils import timezone

from berth.kernel.signatures import new_private_key, sign
from finance.domain import notifications
from finance.domain.notifications import MAX_BODY
from finance.models import JournalEntry, Payment, PaymentNotification
from finance.queries import trial_balance
from finance.signals import PaymentSucceeded, payment_succeeded
from members.models import Member
from tests.finance.cashier_process import PROVIDER_KEY

pytestmark = pytest.mark.django_db
URL = "/payments/notify/sandbox/"


@pytest.fixture
def payment(renter: Member) -> Payment:
    return new_payment(renter)


def new_payment(payer: Member, **fields: Any) -> Payment:
    wanted = {"provider": "sandbox", "subject_id": uuid.uuid4(), "title": "A-12", "amount_minor": 1250}
    expires = timezone.now() + timedelta(minutes=10)
    return Payment.objects.create(payer=payer, currency="CNY", expires_at=expires, **{**wanted, **fields})


def told(payment: Payment, **changes: Any) -> dict[str, Any]:
    """What the bank says of a paid order."""
    content = {
        "event": "ev_1",
        "type": "payment.succeeded",
        "order": str(payment.pk),
        "number": "SB1",
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "paid_at": int(time.time()),
    }
    return {**content, **changes}


def notify(
    content: dict[str, Any] | bytes, *, key: str = PROVIDER_KEY, age: int = 0, url: str = URL, **headers: str
) -> Any:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    timestamp = str(int(time.time()) - age)
    digest = hashlib.sha256(body).hexdigest()
    signature = sign(key, f"sandbox-notification\n{timestamp}\n{digest}".encode())
    signed = {"Sandbox-Timestamp": timestamp, "Sandbox-Signature": signature, **headers}
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.post(url, data=body, content_type="application/json", headers=signed)


def outcomes() -> list[tuple[str, str]]:
    return list(PaymentNotification.objects.order_by("id").values_list("outcome", "reason"))


def nothing_changed(payment: Payment) -> bool:
    payment.refresh_from_db()
    return payment.state == Payment.State.CREATED and not JournalEntry.objects.exists()


def test_notification_books_payment_and_tells_layers_above(payment: Payment, events: list[PaymentSucceeded]) -> None:
    content = told(payment)
    answer = notify(content)
    assert (answer.status_code, answer.json()) == (200, {"code": "SUCCESS"})
    payment.refresh_from_db()
    assert (payment.state, payment.provider_reference) == (Payment.State.SUCCEEDED, "SB1")
    entry = JournalEntry.objects.get()
    assert (entry.reference, entry.kind, entry.subject_id) == (f"charge:{payment.pk}", "charge", payment.subject_id)
    legs = dict(entry.legs.values_list("account__kind", "amount_minor"))
    assert legs == {"provider_clearing": 1250, "escrow": -1250}
    assert [(e.payment_id, e.subject_id, e.amount_minor) for e in events] == [(payment.pk, payment.subject_id, 1250)]
    stored = PaymentNotification.objects.get()
    assert (stored.outcome, stored.event_id, stored.payment) == ("applied", "ev_1", payment)
    assert (json.loads(stored.body), stored.headers["Content-Type"]) == (content, "application/json")


def test_notification_repeated_changes_nothing(payment: Payment, events: list[PaymentSucceeded]) -> None:
    first, again = notify(told(payment)), notify(told(payment))
    assert (first.status_code, again.status_code, again.json()) == (200, 200, {"code": "SUCCESS"})
    assert outcomes() == [("applied", ""), ("repeated", "")]
    assert (JournalEntry.objects.count(), len(events)) == (1, 1)


def test_notification_under_another_event_changes_nothing(payment: Payment, events: list[PaymentSucceeded]) -> None:
    notify(told(payment))
    assert notify(told(payment, event="ev_2")).status_code == 200
    assert (JournalEntry.objects.count(), len(events), outcomes()[1][0]) == (1, 1, "repeated")


def test_each_of_several_replayed_three_times_in_any_order_gives_the_same_books(renter: Member) -> None:
    payments = [new_payment(renter, amount_minor=100 + n) for n in range(5)]
    deliveries = [told(payment, event=f"ev_{n}", number=f"SB{n}") for n, payment in enumerate(payments)] * 3
    random.Random(7).shuffle(deliveries)
    assert {notify(content).status_code for content in deliveries} == {200}
    assert sorted(JournalEntry.objects.values_list("reference", flat=True)) == sorted(
        f"charge:{p.pk}" for p in payments
    )
    assert (trial_balance(), PaymentNotification.objects.filter(outcome="applied").count()) == ({"CNY": 0}, 5)


REFUSED = {
    "another key": (401, "signature", {"key": new_private_key()}, {}),
    "too old": (401, "stale", {"age": 301}, {}),
    "from the future": (401, "stale", {"age": -301}, {}),
    "signature is no signature": (401, "signature", {"Sandbox-Signature": "é not base64"}, {}),
    "no signature": (401, "signature", {"Sandbox-Signature": ""}, {}),
    "timestamp of another": (401, "signature", {"Sandbox-Timestamp": "1"}, {}),
    "amount": (400, "amount", {}, {"amount_minor": 1249}),
    "currency": (400, "currency", {}, {"currency": "USD"}),
    "order": (404, "unknown_order", {}, {"order": str(uuid.UUID(int=5))}),
    "order is no number": (400, "malformed", {}, {"order": "A-12"}),
    "amount is a truth": (400, "malformed", {}, {"amount_minor": True}),
    "amount is a float": (400, "malformed", {}, {"amount_minor": 1250.0}),
    "event too long": (400, "malformed", {}, {"event": "e" * 81}),
    "time out of range": (400, "malformed", {}, {"paid_at": 10**20}),
    "another type": (400, "malformed", {}, {"type": "payment.failed"}),
    "unheard-of currency": (400, "malformed", {}, {"currency": "XXX"}),
}


@pytest.mark.parametrize(("status", "reason", "sending", "content"), REFUSED.values(), ids=REFUSED.keys())
def test_notification_that_does_not_fit_is_recorded_and_refused(
    payment: Payment, status: int, reason: str, sending: dict[str, Any], content: dict[str, Any]
) -> None:
    answer = notify(told(payment, **content), **sending)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["title"] == f"notification_{reason}"
    assert outcomes() == [("rejected", reason)]
    assert nothing_changed(payment)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{}", b"not json", b"\x00\xff\xfe", b'{"event":', '{"event": "支付"}'.encode("gb18030")],
)
def test_body_that_is_no_notification_is_recorded_and_refused(payment: Payment, body: bytes) -> None:
    assert notify(body).status_code == 400
    assert outcomes() == [("rejected", "malformed")]
    assert nothing_changed(payment)


def test_body_that_is_too_long_is_refused_and_kept_in_part(payment: Payment) -> None:
    assert notify(b" " * (MAX_BODY + 1)).status_code == 413
    assert outcomes() == [("rejected", "too_long")]
    assert len(PaymentNotification.objects.get().body) == MAX_BODY


def test_unknown_provider_is_not_found(payment: Payment) -> None:
    assert notify(told(payment), url="/payments/notify/piggybank/").status_code == 404
    assert outcomes() == [("rejected", "unknown_provider")]


def test_flood_of_forged_notifications_does_not_fill_the_database(
    payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "MOST_UNBELIEVED", 3)
    assert {notify(told(payment), key=new_private_key()).status_code for _time in range(5)} == {401}
    assert PaymentNotification.objects.count() == 3
    assert notify(told(payment, amount_minor=1)).status_code == 400
    assert notify(told(payment)).status_code == 200
    assert outcomes()[3:] == [("rejected", "amount"), ("applied", "")]


def test_get_is_not_allowed(client: Client) -> None:
    assert client.get(URL).status_code == 405


def test_event_that_told_of_another_order_is_refused(renter: Member, payment: Payment) -> None:
    other = new_payment(renter)
    notify(told(payment))
    assert notify(told(other, number="SB2")).status_code == 400
    assert outcomes()[1] == ("rejected", "event_reused")
    other.refresh_from_db()
    assert other.state == Payment.State.CREATED


def test_secrets_of_browsers_are_not_kept(payment: Payment) -> None:
    notify(told(payment), Cookie="sessionid=1", Authorization="Basic x")
    assert not {"Cookie", "Authorization"} & set(PaymentNotification.objects.get().headers)


def test_money_that_comes_after_the_close_is_booked(renter: Member, events: list[PaymentSucceeded]) -> None:
    payment = new_payment(renter, state=Payment.State.CLOSED)
    assert notify(told(payment)).status_code == 200
    payment.refresh_from_db()
    assert (payment.state, JournalEntry.objects.count(), len(events)) == (Payment.State.SUCCEEDED, 1, 1)


def test_failure_above_undoes_everything_and_the_next_delivery_succeeds(payment: Payment) -> None:
    def fail(**_kwargs: object) -> None:
        raise RuntimeError("trading is broken")

    seen: list[object] = []
    got_request_exception.connect(lambda **kwargs: seen.append(kwargs), weak=False, dispatch_uid="seen")
    payment_succeeded.connect(fail)
    try:
        assert notify(told(payment)).status_code == 500
    finally:
        payment_succeeded.disconnect(fail)
        got_request_exception.disconnect(dispatch_uid="seen")
    assert nothing_changed(payment)
    assert (outcomes(), len(seen)) == ([("rejected", "failed: RuntimeError")], 1)
    assert notify(told(payment)).status_code == 200
    assert outcomes()[1] == ("applied", "")
