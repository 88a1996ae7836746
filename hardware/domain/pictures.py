"""Pictures that gates' cameras took: kept for the staff of the lot, and no longer than they serve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel import live
from berth.kernel.errors import InvalidInput
from hardware.domain import rejections
from hardware.gates import pictures
from hardware.models import GatePicture, GateState, LotServer
from lots.models import Gate


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture as the lot sent it; ``event`` is the camera's, as in the plate's event."""

    gate: str
    event: str
    plate: str
    taken_at: datetime
    jpeg: bytes


def oldest_kept() -> datetime:
    """What was received before is shown to nobody, and is on its way out."""
    return timezone.now() - timedelta(days=settings.GATE_PICTURE_DAYS)


@transaction.atomic
def keep(*, lot_server: LotServer, sent: Sent) -> None:
    """Once by gate and event; repeating changes nothing. Raises InvalidInput."""
    gate = Gate.objects.filter(lot_id=lot_server.pk, code=sent.gate).first()
    if gate is None:
        message = _("This lot has no such gate.")
        raise InvalidInput("unknown_gate", message, fields={"gate": message})
    try:
        pictures.check(sent.jpeg)
    except pictures.PictureError as error:
        rejections.count(source="lot_api", reason="picture", detail=lot_server.lot.code)
        message = _("This is no JPEG of at most 60 kB.")
        raise InvalidInput("no_picture", message, fields={"picture": message}) from error
    values = {"plate": sent.plate, "taken_at": sent.taken_at, "jpeg": sent.jpeg}
    GatePicture.objects.get_or_create(gate=gate, event=sent.event, defaults=values)
    live.publish(f"lot.{lot_server.lot.code}")


def purge() -> int:
    """Forget the pictures, and the gates' last plates, whose days are over; how many pictures."""
    oldest = oldest_kept()
    GateState.objects.filter(plate_at__lt=oldest).update(plate="", sighting="", plate_at=None)
    return GatePicture.objects.filter(received_at__lt=oldest).delete()[0]
