"""Messages: written with what caused them, delivered once each, tried again."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.domain import outbox
from members.domain.outbox import MAX_ATTEMPTS
from members.models import Member, OutboxMessage
from members.transports import TransportError
from members.transports.smtp import SmtpTransport
from tests.members.mail_server import MailServer

pytestmark = pytest.mark.django_db
SMS = OutboxMessage.Channel.SMS


class Broken:
    """A carrier that takes nothing; ``permanent`` as it says."""

    permanent = False

    def deliver(self, message: OutboxMessage) -> None:
        raise TransportError("the carrier is down", permanent=self.permanent)


class Hopeless(Broken):
    permanent = True


def write(**fields: object) -> OutboxMessage:
    given = {"channel": SMS, "recipient": "+8613800000002", "subject": "", "body": "hello", **fields}
    return outbox.send(**given)  # type: ignore[arg-type]


def use(settings: object, transport: str) -> None:
    settings.OUTBOX_TRANSPORTS = {"sms": transport, "email": transport}  # type: ignore[attr-defined]


def test_message_leaves_once() -> None:
    message = write()
    assert outbox.deliver_waiting() == 1
    message.refresh_from_db()
    assert message.sent_at is not None
    assert message.attempts == 1
    assert outbox.deliver_waiting() == 0


def test_dedupe_key_writes_once() -> None:
    first = write(dedupe_key="receipt:1", body="one")
    second = write(dedupe_key="receipt:1", body="two")
    assert (first.pk, second.body) == (second.pk, "one")
    assert OutboxMessage.objects.count() == 1
    assert write(dedupe_key=None).pk != write(dedupe_key=None).pk


@pytest.mark.django_db(transaction=True)
def test_message_of_a_rolled_back_transaction_is_never_sent() -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert outbox.deliver_waiting() == 0


def test_failed_delivery_is_tried_again_later_and_later(settings: object) -> None:
    use(settings, "tests.members.test_outbox.Broken")
    message = write()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        waits = []
        for _ in range(3):
            assert outbox.deliver_waiting() == 0
            message.refresh_from_db()
            assert message.next_attempt_at is not None
            waits.append(message.next_attempt_at - timezone.now())
            clock.shift(waits[-1])
        assert waits == [timedelta(seconds=s) for s in (5, 10, 20)]
        assert (message.attempts, message.last_error) == (3, "the carrier is down")
        use(settings, "members.transports.demo.DemoTransport")
        assert outbox.deliver_waiting() == 1
    message.refresh_from_db()
    assert message.last_error == ""


def test_waiting_message_is_left_alone_until_its_time(settings: object) -> None:
    use(settings, "tests.members.test_outbox.Broken")
    message = write()
    outbox.deliver_waiting()
    outbox.deliver_waiting()
    message.refresh_from_db()
    assert message.attempts == 1


def test_one_broken_message_does_not_hold_up_the_next(settings: object) -> None:
    settings.OUTBOX_TRANSPORTS = {  # type: ignore[attr-defined]
        "sms": "tests.members.test_outbox.Broken",
        "email": "members.transports.demo.DemoTransport",
    }
    write()
    write(channel=OutboxMessage.Channel.EMAIL, recipient="a@berth.example")
    assert outbox.deliver_waiting() == 1


def test_permanent_failure_is_given_up_until_somebody_asks_again(settings: object) -> None:
    use(settings, "tests.members.test_outbox.Hopeless")
    message = write()
    outbox.deliver_waiting()
    message.refresh_from_db()
    assert (message.attempts, message.sent_at) == (MAX_ATTEMPTS, None)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert outbox.deliver_waiting() == 0
    use(settings, "members.transports.demo.DemoTransport")
    outbox.send_again(message_id=message.pk)
    assert outbox.deliver_waiting() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_send_the_same_message(settings: object) -> None:
    use(settings, "members.transports.demo.DemoTransport")
    message = write()
    with transaction.atomic():
        OutboxMessage.objects.select_for_update().get(pk=message.pk)
        assert _delivered_by_another_connection() == 0
    assert _delivered_by_another_connection() == 1


def _delivered_by_another_connection() -> int:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    def work() -> int:
        try:
            return outbox.deliver_waiting()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def test_django_mail_goes_through_the_outbox(settings: object) -> None:
    settings.EMAIL_BACKEND = "members.mail.OutboxBackend"  # type: ignore[attr-defined]  (pytest-django puts its own)
    EmailMessage("Hello", "Text", to=["a@berth.example"], bcc=["b@berth.example"]).send()
    messages = OutboxMessage.objects.order_by("recipient").values_list("channel", "recipient", "subject", "body")
    assert list(messages) == [
        ("email", "a@berth.example", "Hello", "Text"),
        ("email", "b@berth.example", "Hello", "Text"),
    ]


def test_smtp_transport_hands_the_message_to_a_mail_server(settings: object) -> None:
    with MailServer() as server:
        settings.OUTBOX_EMAIL_CONNECTION = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": server.port}  # type: ignore[attr-defined]
        message = write(
            channel=OutboxMessage.Channel.EMAIL, recipient="a@berth.example", subject="验证码", body="123456"
        )
        SmtpTransport().deliver(message)
    assert server.recipients == ["a@berth.example"]
    assert "123456" in server.data


@pytest.mark.parametrize(("reply", "permanent"), [("550 no such user", True), ("450 try later", False)])
def test_smtp_transport_tells_final_refusals_from_passing_ones(settings: object, reply: str, permanent: bool) -> None:
    with MailServer(rcpt_reply=reply) as server:
        settings.OUTBOX_EMAIL_CONNECTION = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": server.port}  # type: ignore[attr-defined]
        message = write(channel=OutboxMessage.Channel.EMAIL, recipient="a@berth.example")
        with pytest.raises(TransportError) as failure:
            SmtpTransport().deliver(message)
    assert failure.value.permanent is permanent
    assert isinstance(failure.value.__cause__, smtplib.SMTPRecipientsRefused)


def test_mail_server_out_of_reach_is_a_passing_failure(settings: object) -> None:
    with MailServer() as server:
        port = server.port
    settings.OUTBOX_EMAIL_CONNECTION = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": port}  # type: ignore[attr-defined]
    with pytest.raises(TransportError) as failure:
        SmtpTransport().deliver(write(channel=OutboxMessage.Channel.EMAIL, recipient="a@berth.example"))
    assert not failure.value.permanent


def test_demo_page_shows_newest_first_with_codes_large(client: Client) -> None:
    write(recipient="+8613800000001", body="parcel 111111")
    client.post(reverse("account_login"), {"contact": "13800000002"})
    shown = client.get(reverse("demo_outbox")).context["shown"]
    assert [item.recipient for item in shown] == ["138 0000 0002", "138 0000 0001"]
    assert shown[0].code in shown[0].message.body
    assert (len(shown[0].code), shown[1].code) == (6, "")


@pytest.mark.parametrize("wanted", ["138 0000 0002", "0002", "+86138-0000-0002"])
def test_demo_page_filters_by_recipient(client: Client, wanted: str) -> None:
    write(recipient="+8613800000001")
    write(recipient="+8613800000002")
    shown = client.get(reverse("demo_outbox"), {"to": wanted}).context["shown"]
    assert [item.recipient for item in shown] == ["138 0000 0002"]


def test_demo_page_refreshes_as_a_fragment(client: Client) -> None:
    write()
    page = client.get(reverse("demo_outbox"), headers={"HX-Request": "true"}).content.decode()
    assert page.lstrip().startswith("<ul")


def test_demo_page_does_not_exist_outside_the_demo(client: Client, settings: object, member: Member) -> None:
    settings.DEMO = False  # type: ignore[attr-defined]
    assert client.get(reverse("demo_outbox")).status_code == 404


def test_demo_transport_delivers_nothing_outside_the_demo(settings: object) -> None:
    settings.DEMO = False  # type: ignore[attr-defined]
    write()
    assert outbox.deliver_waiting() == 0
