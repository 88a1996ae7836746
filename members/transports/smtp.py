"""E-mail over SMTP, at the server that EMAIL_URL names."""

from __future__ import annotations

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from members.models import OutboxMessage
from members.transports import TransportError

TIMEOUT = 15
"""Seconds; the message's row is locked meanwhile."""


class SmtpTransport:
    """Plain text e-mail through Django's SMTP backend."""

    def deliver(self, message: OutboxMessage) -> None:
        email = EmailMessage(
            message.subject, message.body, settings.DEFAULT_FROM_EMAIL, [message.recipient], connection=_connection()
        )
        try:
            email.send()
        except smtplib.SMTPRecipientsRefused as error:
            raise TransportError(f"refused: {error}", permanent=_all_permanent(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise TransportError(f"{type(error).__name__}: {error}") from error


def _connection() -> BaseEmailBackend:
    given = settings.OUTBOX_EMAIL_CONNECTION
    return get_connection(
        given.get("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend"),
        host=given.get("EMAIL_HOST", "localhost"),
        port=given.get("EMAIL_PORT") or 25,
        username=given.get("EMAIL_HOST_USER") or "",
        password=given.get("EMAIL_HOST_PASSWORD") or "",
        use_tls=given.get("EMAIL_USE_TLS", False),
        use_ssl=given.get("EMAIL_USE_SSL", False),
        timeout=TIMEOUT,
    )


def _all_permanent(error: smtplib.SMTPRecipientsRefused) -> bool:
    """5xx replies are final, 4xx ask to come again (RFC 5321, 4.2.1)."""
    return all(code >= 500 for code, _ in error.recipients.values())
