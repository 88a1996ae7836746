"""Six-digit codes that prove a phone number or an e-mail address. A pending one lives in the session of who asked."""

from __future__ import annotations

import hmac
import time
import unicodedata
import uuid
from dataclasses import asdict, dataclass
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from berth.kernel.errors import Conflict, InvalidInput, TooMany
from members.domain import outbox
from members.domain.contact import Contact

SESSION_KEY = "members_pending_code"


@dataclass(slots=True)
class PendingCode:
    """A code that was sent and not yet entered. ``purpose``: sign_in or contact; ``next``: a checked local address."""

    purpose: str
    channel: str
    recipient: str
    code: str
    sent_at: float
    next: str = ""
    failures: int = 0
    resends: int = 0

    @property
    def contact(self) -> Contact:
        return Contact(self.channel, self.recipient)

    @property
    def expired(self) -> bool:
        return time.time() - self.sent_at > settings.CODE_LIFETIME

    @property
    def can_resend(self) -> bool:
        return self.resends < settings.CODE_RESENDS


def request_code(request: HttpRequest, *, contact: Contact, purpose: str, next_url: str = "") -> PendingCode:
    """Send a code to ``contact``, known or not: the answer is the same for both. Raises TooMany."""
    pending = PendingCode(purpose, contact.channel, contact.value, code="", sent_at=0.0, next=next_url)
    _send(request, pending)
    return pending


def resend_code(request: HttpRequest, pending: PendingCode) -> None:
    """A fresh code to the same recipient; the earlier one is void. Raises TooMany."""
    if not pending.can_resend:
        raise TooMany(
            "too_many_codes", gettext_lazy("We sent several codes already. Please start again in a few minutes.")
        )
    pending.resends += 1
    _send(request, pending)


def pending_code(request: HttpRequest, purpose: str) -> PendingCode | None:
    """The code that this session waits for."""
    data: dict[str, Any] | None = request.session.get(SESSION_KEY)
    return PendingCode(**data) if data and data.get("purpose") == purpose else None


def enter_code(request: HttpRequest, pending: PendingCode, text: str) -> Contact:
    """What the right code proves; it is used up by that.

    Raises InvalidInput (wrong, with the tries that are left), Conflict (expired) or TooMany; after the last two the
    code is void.
    """
    _limit(request, "login")
    if pending.expired:
        forget_code(request)
        raise Conflict("code_expired", gettext_lazy("This code is no longer valid. Ask for a new one."))
    if not hmac.compare_digest(_digits(text).encode(), pending.code.encode()):
        _count_failure(request, pending)
    forget_code(request)
    return pending.contact


def forget_code(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)


def _count_failure(request: HttpRequest, pending: PendingCode) -> None:
    pending.failures += 1
    left = settings.CODE_ATTEMPTS - pending.failures
    if left <= 0:
        forget_code(request)
        raise TooMany("too_many_attempts", gettext_lazy("Too many wrong codes. Ask for a new one."))
    _store(request, pending)
    message = _("This code is not right. Check the last message; %(left)s tries are left.") % {"left": left}
    raise InvalidInput("code_wrong", message, fields={"code": message})


def _send(request: HttpRequest, pending: PendingCode) -> None:
    _limit(request, "request_login_code", key=pending.recipient)
    pending.code = get_adapter(request).generate_login_code()
    pending.sent_at, pending.failures = time.time(), 0
    _store(request, pending)
    minutes = settings.CODE_LIFETIME // 60
    outbox.send(
        channel=pending.channel,
        recipient=pending.recipient,
        subject=_("Your Berth code"),
        body=_("[Berth] Your code is %(code)s. It is valid for %(minutes)s minutes. Tell it to nobody.")
        % {"code": pending.code, "minutes": minutes},
        dedupe_key=f"code:{uuid.uuid4()}",
    )


def _limit(request: HttpRequest, action: str, key: str | None = None) -> None:
    if not ratelimit.consume(request, action=action, key=key):
        raise TooMany(
            "rate_limited",
            gettext_lazy("That was too often. Wait a minute, then try again; the last code still works."),
        )


def _store(request: HttpRequest, pending: PendingCode) -> None:
    request.session[SESSION_KEY] = asdict(pending)


def _digits(text: str) -> str:
    """Full-width digits and spaces as typed on Chinese keyboards are fine."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())
