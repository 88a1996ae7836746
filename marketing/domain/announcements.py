"""When news is on the site. Texts are edited in the back office; these verbs decide when people see them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import Conflict
from marketing.models import Announcement


def publish(*, announcement: Announcement, now: datetime | None = None) -> Announcement:
    """Show it from now on; what is on the site already stays as it is.

    Raises Conflict (``announcement_expired``) where its own end has passed.
    """
    at = now or timezone.now()
    with transaction.atomic():
        locked = Announcement.objects.select_for_update().get(pk=announcement.pk)
        if locked.expires_at is not None and locked.expires_at <= at:
            raise Conflict("announcement_expired", _("Its end has passed. Set a later end, or none."))
        if locked.published_at is None or locked.published_at > at:
            locked.published_at = at
            locked.save(update_fields=["published_at"])
    return locked


def withdraw(*, announcement: Announcement) -> Announcement:
    """Take it off the site. It can be published again."""
    with transaction.atomic():
        locked = Announcement.objects.select_for_update().get(pk=announcement.pk)
        locked.published_at = None
        locked.save(update_fields=["published_at"])
    return locked
