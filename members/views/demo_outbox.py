"""The demo's telephone and mailbox: messages that would have left the house."""

from __future__ import annotations

import re
from typing import NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from members.domain.contact import Contact
from members.models import OutboxMessage

SHOWN = 30


class Shown(NamedTuple):
    message: OutboxMessage
    recipient: str
    code: str


@never_cache
@require_safe
def demo_outbox(request: HttpRequest) -> HttpResponse:
    """Newest first, filtered by ``to`` (a part of the recipient). Only in the demo: codes are secrets elsewhere."""
    if not settings.DEMO:
        raise Http404
    wanted = request.GET.get("to", "").strip()
    messages = OutboxMessage.objects.all()
    if wanted:
        messages = messages.filter(recipient__icontains=_as_stored(wanted))
    shown = [_shown(message) for message in messages.order_by("-created_at", "-pk")[:SHOWN]]
    template = "members/demo_outbox_list.html" if request.headers.get("HX-Request") else "members/demo_outbox.html"
    return render(request, template, {"shown": shown, "wanted": wanted})


def _shown(message: OutboxMessage) -> Shown:
    code = re.search(r"\b\d{6}\b", message.body, re.ASCII) if (message.dedupe_key or "").startswith("code:") else None
    return Shown(message, Contact(message.channel, message.recipient).shown, code.group() if code else "")


def _as_stored(text: str) -> str:
    """'138 0000 0001' is stored as +8613800000001."""
    packed = re.sub(r"[\s-]", "", text)
    return packed if packed.lstrip("+").isdigit() else text
