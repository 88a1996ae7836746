"""IC cards as the platform knows them. Gates issue and collect; people report them lost."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from hardware.models import AccessCard


@transaction.atomic
def report_lost(*, card: AccessCard) -> AccessCard:
    """On record as lost; again changes nothing. The next time a gate meets the card, its state follows that."""
    locked = AccessCard.objects.select_for_update(of=("self",)).get(pk=card.pk)
    if locked.state != AccessCard.State.LOST:
        locked.state, locked.state_at = AccessCard.State.LOST, timezone.now()
        locked.save(update_fields=["state", "state_at"])
    return locked
