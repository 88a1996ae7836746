"""A lot with hardware for tests: gates, two controllers with two locks each, a lot server with its key, grants."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from berth.kernel import signatures
from hardware.domain import grants
from hardware.models import Controller, Grant, LotServer, SpotLock
from lots.models import Gate, Lot, LotStaff, Spot
from members.models import Member
from tests.lots.making import make_lot, make_member, make_spot


@dataclass
class Site:
    """A lot and the private key of its server."""

    lot: Lot
    private_key: str
    spots: list[Spot]
    controllers: list[Controller]

    @property
    def server(self) -> LotServer:
        return LotServer.objects.get(lot=self.lot)

    def path(self, what: str) -> str:
        return f"/api/v1/lots/{self.lot.code}/{what}"

    def signed(self, method: str, path: str, body: bytes = b"", **changes: Any) -> dict[str, str]:
        """Headers as a lot server makes them; ``changes`` spoil one."""
        timestamp = str(changes.get("timestamp", int(time.time())))
        text = f"{method}\n{path}\n{timestamp}\n{hashlib.sha256(body).hexdigest()}".encode()
        return {
            "Berth-Lot": changes.get("lot", self.lot.code),
            "Berth-Timestamp": timestamp,
            "Berth-Signature": signatures.sign(changes.get("key", self.private_key), text),
        }

    def get(self, path: str, **changes: Any) -> Any:
        return Client().get(path, headers=self.signed("GET", path, **changes))

    def post(self, path: str, content: Any, **changes: Any) -> Any:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = self.signed("POST", path, changes.pop("signed_body", body), **changes)
        return Client().post(path, body, content_type="application/json", headers=headers)


def make_site(**values: Any) -> Site:
    lot = make_lot(**values)
    plan = lot.floor_plans.get()
    key = signatures.new_private_key()
    LotServer.objects.create(lot=lot, public_key=signatures.public_key_of(key))
    Gate.objects.create(lot=lot, code="in-1", name_zh="入口", direction="entry", latitude=23.1, longitude=113.3)
    Gate.objects.create(lot=lot, code="out-1", name_zh="出口", direction="exit", latitude=23.1, longitude=113.3)
    controllers, spots = [], []
    for number in (1, 2):
        controller = Controller.objects.create(
            lot=lot, floor_plan=plan, code=f"C{number}", label_zh=f"{number} 号集控器", label_en=f"Controller {number}",
            address=number, x=10.0 * number, y=9.0,
        )  # fmt: skip
        controllers.append(controller)
        for unit in (1, 2):
            spot = make_spot(lot=lot, code=f"A-{number}{unit}")
            SpotLock.objects.create(spot=spot, controller=controller, unit=unit)
            spots.append(spot)
    return Site(lot, key, spots, controllers)


def make_grant(site: Site, spot: Spot | None = None, **values: Any) -> Grant:
    now = timezone.now()
    given = {
        "subject_id": uuid.uuid4(),
        "plates": ["粤B12345"],
        "valid_from": now - timedelta(hours=1),
        "valid_until": now + timedelta(hours=3),
    } | values
    member = given.pop("member", None) or make_member()
    return grants.give(lot=site.lot, spot=spot or site.spots[0], member=member, **given)


def make_staff(site: Site, **values: Any) -> Member:
    role = {name: values.pop(name) for name in ("role", "on_duty") if name in values}
    member = make_member(**values)
    LotStaff.objects.create(lot=site.lot, member=member, **role)
    return member
