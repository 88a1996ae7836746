"""What a lot server pulls, signed by the platform: grants of the next 48 h as they changed, its staff, its calls."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel import signatures
from berth.kernel.canonical import canonical_json
from berth.kernel.errors import Conflict, DomainError
from hardware.domain import rejections
from hardware.models import AccessCard, EmergencyCall, Grant, LotServer
from lots.models import LotStaff

PAST_KEPT = timedelta(days=2)
"""A lot that starts from nothing is told of grants that ended up to this long ago: the car may still be inside."""
AHEAD = timedelta(hours=48)
"""How far a lot sees ahead: for as long as it may have to go on alone (PRODUCT.md, leap 7)."""
MOST_CALLS = 50


class NotReady(DomainError):
    """The platform lacks its signing key (503)."""

    status = 503


@dataclass(frozen=True, slots=True)
class Asked:
    """What the lot has: grants of ``epoch`` up to revision ``since``, complete for all that begin before ``until``.

    ``until`` in Unix seconds; ``nonce`` comes back signed, so that no older answer can be shown to the lot again.
    """

    since: int
    epoch: int = 0
    until: int = 0
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    payload: str
    signature: str


def signed(*, lot_server: LotServer, asked: Asked) -> Signed:
    """What the lot lacks. Raises NotReady without a key, Conflict where the lot knows more than the platform does.

    Then the platform was restored from a backup: revisions that it would give out now have meant other things before.
    """
    if not settings.GRANT_SIGNING_KEY:
        raise NotReady("no_signing_key", _("The platform cannot sign grants at the moment."))
    if _knows_more(lot_server, asked):
        LotServer.objects.filter(pk=lot_server.pk, restored_at=None).update(restored_at=timezone.now())
    if LotServer.objects.filter(pk=lot_server.pk, restored_at__isnull=False).exists():
        rejections.count(source="lot_api", reason="rollback", detail=lot_server.lot.code)
        raise Conflict("grants_restored", _("The platform knows less than this lot: an administrator must decide."))
    return _signed(lot_server, asked)


def _knows_more(server: LotServer, asked: Asked) -> bool:
    now = LotServer.objects.get(pk=server.pk)
    return asked.epoch > now.epoch or (asked.epoch in (0, now.epoch) and asked.since > now.grants_revision)


@transaction.atomic
def _signed(lot_server: LotServer, asked: Asked) -> Signed:
    """Under a share lock of the lot server's row, so that no grant with a lower revision can still be on its way."""
    locked = LotServer.objects.select_for_update(of=("self",), no_key=True).select_related("lot").get(pk=lot_server.pk)
    LotServer.objects.filter(pk=locked.pk).update(last_seen_at=timezone.now())
    now = timezone.now()
    since = asked.since if asked.epoch in (0, locked.epoch) else 0
    until = datetime.fromtimestamp(asked.until, UTC) if asked.until else now + AHEAD
    payload = {
        "lot": locked.lot.code,
        "epoch": locked.epoch,
        "revision": locked.grants_revision,
        "issued_at": int(time.time()),
        "nonce": asked.nonce,
        "since": since,
        "horizon": int((now + AHEAD).timestamp()),
        "grants": [_grant(grant) for grant in _lacking(locked, since, until, now).order_by("revision")],
        "later": _later(locked, since, now),
        "void_cards": [{"uid": card.chip_uid, "issue": card.issue_number} for card in _void_cards(locked.pk)],
        "staff": _staff(locked),
        "calls": _calls(locked, now),
    }
    text = canonical_json(payload)
    return Signed(text.decode(), signatures.sign(settings.GRANT_SIGNING_KEY, text))


def _void_cards(lot_id: int) -> QuerySet[AccessCard]:
    return AccessCard.objects.filter(lot_id=lot_id, state__in=[AccessCard.State.LOST, AccessCard.State.REVOKED])


def _lacking(server: LotServer, since: int, until: datetime, now: datetime) -> QuerySet[Grant]:
    """Of the grants that begin within the horizon: what changed, and what came within it since the lot asked last."""
    within = Grant.objects.filter(lot_id=server.pk, valid_from__lt=now + AHEAD).select_related("spot", "member")
    if not since:
        inside = AccessCard.objects.filter(lot_id=server.pk, state=AccessCard.State.ISSUED).values("grant_id")
        return within.filter(Q(valid_until__gt=now - PAST_KEPT) | Q(pk__in=inside))
    return within.filter(Q(revision__gt=since) | Q(valid_from__gte=until))


def _later(server: LotServer, since: int, now: datetime) -> list[str]:
    """Grants that the lot may know and that now begin beyond its horizon: it forgets them until they come near."""
    if not since:
        return []
    moved = Grant.objects.filter(lot_id=server.pk, revision__gt=since, valid_from__gte=now + AHEAD)
    return [str(grant_id) for grant_id in moved.order_by("revision").values_list("pk", flat=True)]


def _grant(grant: Grant) -> dict[str, Any]:
    return {
        "id": str(grant.pk),
        "subject": str(grant.subject_id),
        "revision": grant.revision,
        "state": str(grant.state),
        "spot": grant.spot.code,
        "plates": list(grant.plates),
        "member": grant.member_id,
        "name": grant.member.public_name,
        "language": grant.member.language,
        "valid_from": int(grant.valid_from.timestamp()),
        "valid_until": int(grant.valid_until.timestamp()),
    }


def _staff(server: LotServer) -> list[dict[str, Any]]:
    """Whom the booth page lets in: staff of this lot alone, their PIN as a hash."""
    staff = LotStaff.objects.filter(lot_id=server.pk, member__is_active=True).exclude(pin="").select_related("member")
    return [
        {
            "member": role.member_id,
            "name": role.member.public_name,
            "language": role.member.language,
            "pin": role.pin,
        }
        for role in staff.order_by("pk")
    ]


def _calls(server: LotServer, now: datetime) -> list[dict[str, str]]:
    """What the desk did about the calls of the last two days."""
    calls = EmergencyCall.objects.filter(lot_id=server.pk, raised_at__gt=now - PAST_KEPT)
    answered = calls.exclude(state=EmergencyCall.State.RAISED).select_related("acknowledged_by").order_by("-raised_at")
    return [
        {
            "id": str(call.pk),
            "state": str(call.state),
            "by": call.acknowledged_by.public_name if call.acknowledged_by else "",
        }
        for call in answered[:MOST_CALLS]
    ]
