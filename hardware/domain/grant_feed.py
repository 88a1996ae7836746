"""What a lot server pulls: the grants that changed since a revision, signed by the platform."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel import signatures
from berth.kernel.canonical import canonical_json
from berth.kernel.errors import DomainError
from hardware.models import Grant, LotServer

PAST_KEPT = timedelta(days=2)
"""A lot that starts from nothing is told of grants that ended up to this long ago: the car may still be inside."""


class NotReady(DomainError):
    """The platform lacks its signing key (503)."""

    status = 503


@dataclass(frozen=True, slots=True)
class Signed:
    payload: str
    signature: str


@transaction.atomic
def signed(*, lot_server: LotServer, since: int) -> Signed:
    """The lot's grants with a revision above ``since``, and the lot's newest revision.

    Read under a share lock of the lot server's row, so that no grant with a lower revision can still be on its way.
    """
    if not settings.GRANT_SIGNING_KEY:
        raise NotReady("no_signing_key", _("The platform cannot sign grants at the moment."))
    locked = LotServer.objects.select_for_update(of=("self",), no_key=True).select_related("lot").get(pk=lot_server.pk)
    LotServer.objects.filter(pk=locked.pk).update(last_seen_at=timezone.now())
    grants = Grant.objects.filter(lot_id=locked.pk, revision__gt=since).select_related("spot", "member")
    if since == 0:
        grants = grants.filter(valid_until__gt=timezone.now() - PAST_KEPT)
    payload = {
        "lot": locked.lot.code,
        "revision": locked.grants_revision,
        "issued_at": int(time.time()),
        "since": since,
        "grants": [_grant(grant) for grant in grants.order_by("revision")],
    }
    text = canonical_json(payload)
    return Signed(text.decode(), signatures.sign(settings.GRANT_SIGNING_KEY, text))


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
