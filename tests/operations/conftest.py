from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from hardware.models import Controller, EmergencyCall, Grant, LotEvent, SpotLock
from lots.models import FloorPlan, Gate, Lot, LotStaff, Spot
from members.models import Member

_number = itertools.count(1)
BACKEND = "django.contrib.auth.backends.ModelBackend"


class Desk:
    """A lot with locks, and ways to let things happen there."""

    def __init__(self, code: str, bays: int = 3) -> None:
        self.lot = Lot.objects.create(
            code=code, kind=Lot.Kind.RESIDENTIAL, name_zh=f"测试{code}", name_en=f"Lot {code}", address_zh="路 1 号",
            latitude=23.1, longitude=113.3, published=True,
        )  # fmt: skip
        self.plan = FloorPlan.objects.create(lot=self.lot, name_zh="地下一层", width=40, height=20)
        self.gate = Gate.objects.create(
            lot=self.lot, floor_plan=self.plan, code="in-1", name_zh="入口", direction=Gate.Direction.ENTRY,
            latitude=23.1, longitude=113.3, x=1, y=5,
        )  # fmt: skip
        self.controller = Controller.objects.create(
            lot=self.lot, floor_plan=self.plan, code="C1", label_zh="1 号集控器", address=1, x=5, y=6, online=True,
            state_at=timezone.now(),
        )  # fmt: skip
        self.spots = [self._spot(number) for number in range(1, bays + 1)]
        self.staff = member(f"值班{code}")
        LotStaff.objects.create(lot=self.lot, member=self.staff, on_duty=True)

    def _spot(self, number: int) -> Spot:
        x = number * 2.5
        spot = Spot.objects.create(
            lot=self.lot, code=f"A-{number:02d}", floor_plan=self.plan,
            outline=[[x, 1], [x + 2.5, 1], [x + 2.5, 6.3], [x, 6.3]],
        )  # fmt: skip
        raised = SpotLock.Position.RAISED
        SpotLock.objects.create(spot=spot, controller=self.controller, unit=number, acknowledged=raised)
        return spot

    def event(self, kind: str, *, ago: float = 0, **payload: Any) -> LotEvent:
        at = timezone.now() - timedelta(seconds=ago)
        return LotEvent.objects.create(lot=self.lot, sequence=next(_number), kind=kind, occurred_at=at, payload=payload)

    def grant(self, spot: Spot, plate: str, start: datetime | None = None, hours: float = 2) -> Grant:
        start = start or timezone.now()
        return Grant.objects.create(
            lot=self.lot, spot=spot, member=member("司机"), subject_id=uuid.uuid4(), plates=[plate],
            valid_from=start, valid_until=start + timedelta(hours=hours), revision=next(_number),
        )  # fmt: skip

    def call(self, **fields: Any) -> EmergencyCall:
        given = {"reason": EmergencyCall.Reason.BUTTON, "raised_at": timezone.now(), "controller": self.controller}
        return EmergencyCall.objects.create(lot=self.lot, **(given | fields))


def member(name: str) -> Member:
    created: Member = Member.objects.create(display_name=name, phone=f"+86139{next(_number):08d}")
    return created


def signed_in(who: Member) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(who, backend=BACKEND)
    return client


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk("east")


@pytest.fixture
def staff(desk: Desk) -> Client:
    """Signed in as staff of ``desk``."""
    return signed_in(desk.staff)


@pytest.fixture
def outsiders(desk: Desk) -> Callable[[], list[Client]]:
    """Staff of another lot, and a member without any role."""
    return lambda: [signed_in(Desk("west").staff), signed_in(member("路人"))]
