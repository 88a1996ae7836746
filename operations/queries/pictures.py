"""What a gate's camera saw last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hardware.domain.pictures import oldest_kept
from hardware.models import GatePicture, GateState
from lots.models import Gate


@dataclass(frozen=True, slots=True)
class Seen:
    """``picture_id``: of the GatePicture of this very sighting; None while there is none."""

    plate: str
    at: datetime
    picture_id: int | None


def last_seen(gate: Gate) -> Seen | None:
    """The last plate that was read here, in the days for which that is kept. Two queries."""
    state = GateState.objects.filter(gate=gate, plate_at__gte=oldest_kept()).exclude(plate="").first()
    if state is None or state.plate_at is None:
        return None
    pictures = GatePicture.objects.filter(gate=gate, event=state.sighting, received_at__gte=oldest_kept())
    return Seen(state.plate, state.plate_at, pictures.values_list("pk", flat=True).first())
