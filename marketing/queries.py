"""What the site tells people now."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from lots.models import Lot
from marketing.models import Announcement


def current_announcements(*, lot: Lot | None = None, now: datetime | None = None) -> QuerySet[Announcement]:
    """Published and not expired, pinned ones first, then the newest. With ``lot``: its own and those for everyone."""
    at = now or timezone.now()
    current = Announcement.objects.filter(Q(expires_at=None) | Q(expires_at__gt=at), published_at__lte=at)
    if lot is not None:
        current = current.filter(Q(lot=None) | Q(lot=lot))
    return current.select_related("lot").order_by("-pinned", "-published_at", "-pk")
