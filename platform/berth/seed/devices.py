"""Controllers, spot locks and the stock of IC cards."""

from __future__ import annotations

import hashlib

from django.utils import timezone

from berth.seed.geometry import at_lane_edge
from berth.seed.places import Place
from hardware.models import AccessCard, Controller, SpotLock
from hardware.models.device import LockDriver
from lots.models import Lot

CARDS = 40
KERONG = ("tianhe", 1)
"""Lot and number of the controller whose locks hang on a Kerong board; all others speak Modbus."""


def make_devices(place: Place, lot: Lot) -> None:
    """One controller per group of four to eight bays, all on the lot's first RS-485 line; forty cards."""
    if Controller.objects.filter(lot=lot).exists():
        return
    plan = lot.floor_plans.get(level=place.level)
    spots = {spot.code: spot for spot in lot.spots.all()}
    for number, (row_index, first, count) in enumerate(place.controllers, start=1):
        row = place.rows[row_index]
        x, y = at_lane_edge(row, first + count // 2)
        beside = row.codes[first + count // 2]
        controller = Controller.objects.create(
            lot=lot, floor_plan=plan, code=f"C{number}", line=1, address=number, x=x, y=y,
            label_zh=f"{number} 号集控器，{beside} 车位左侧", label_en=f"Controller {number}, left of bay {beside}",
            lock_driver=LockDriver.KERONG_CU16 if (place.code, number) == KERONG else LockDriver.MODBUS,
        )  # fmt: skip
        SpotLock.objects.bulk_create(
            SpotLock(spot=spots[code], controller=controller, unit=unit)
            for unit, code in enumerate(row.codes[first : first + count], start=1)
        )
    stock_cards(lot)


def stock_cards(lot: Lot) -> None:
    now = timezone.now()
    AccessCard.objects.bulk_create(
        [AccessCard(lot=lot, chip_uid=chip_uid(lot.code, number), state_at=now) for number in range(CARDS)],
        ignore_conflicts=True,
    )


def chip_uid(lot_code: str, number: int) -> str:
    """Seven bytes as of an NXP chip (first byte 04), the same at every run."""
    return "04" + hashlib.sha256(f"{lot_code}:{number}".encode()).hexdigest()[:12].upper()
