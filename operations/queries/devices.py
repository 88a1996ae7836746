"""Lot server and controllers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from hardware.models import Controller, LotServer, SpotLock
from lots.models import Lot
from operations.words import controller_words, server_words

_FAULTY = Q(locks__acknowledged__in=[SpotLock.Position.JAMMED, SpotLock.Position.OFFLINE])


@dataclass(frozen=True, slots=True)
class Device:
    name: str
    place: str
    lamp: str
    word: str
    since: datetime | None
    locks: int = 0
    faulty: int = 0


def devices_of(lot: Lot) -> tuple[Device, list[Device]]:
    """The lot server, and the controllers by code. Two queries."""
    server = LotServer.objects.filter(lot=lot).first()
    lamp, word = server_words(server)
    return Device("", "", lamp, word, server.last_seen_at if server else None), [
        _controller(controller) for controller in _controllers(lot)
    ]


def _controllers(lot: Lot) -> list[Controller]:
    counted = Controller.objects.filter(lot=lot).annotate(count=Count("locks"), faulty=Count("locks", filter=_FAULTY))
    return list(counted.order_by("line", "address"))


def _controller(controller: Controller) -> Device:
    lamp, word = controller_words(controller)
    if controller.state_reason and not controller.online:
        word = f"{word} · {controller.state_reason}"
    count: int = controller.count  # type: ignore[attr-defined]  # annotated above
    faulty: int = controller.faulty  # type: ignore[attr-defined]
    return Device(controller.code, controller.label, lamp, word, controller.state_at, count, faulty)
