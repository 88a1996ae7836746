"""A lot server put together: everything that runs in it, started and stopped in order."""

from __future__ import annotations

import logging
import threading

from hardware.lotserver.booth.server import BoothServer
from hardware.lotserver.camera_listener import CameraListener
from hardware.lotserver.config import ServerConfig
from hardware.lotserver.gates import GateKeeper, GateTimes
from hardware.lotserver.grant_sync import GrantSync
from hardware.lotserver.judge import Layout
from hardware.lotserver.lines import Line, Lines
from hardware.lotserver.locks import Locks
from hardware.lotserver.orders import Orders
from hardware.lotserver.picture_post import PicturePost
from hardware.lotserver.platform_client import PlatformClient
from hardware.lotserver.self_test import SelfTests
from hardware.lotserver.store import Store
from hardware.lotserver.store_keeper import StoreKeeper
from hardware.lotserver.uplink import Uplink

log = logging.getLogger(__name__)
VERSION = "1"
TAKE_CARE_EVERY = 10.0


class LotRuntime:
    """One lot. Nothing in it needs the platform or the broker to be there."""

    def __init__(self, config: ServerConfig, gate_times: GateTimes | None = None) -> None:
        self.config = config
        self.store = Store(config.store)
        layout = Layout(config)
        self.lines = Lines(config, self.store)
        self.locks = Locks(self.store, layout, self._raise)
        self.gates = {gate.code: GateKeeper(config, gate, self.store, self.locks, gate_times) for gate in config.gates}
        self.orders = Orders(self.store, layout, self.lines, self.locks, self.gates)
        self.tests = SelfTests(config, self.store, self.orders.test, self.store.now)
        self.orders.test_reported = self.tests.reported
        for line in config.lines:
            talk = Line(config, line, self.store, self.locks, self.orders.lock_reported, self.orders.not_delivered)
            self.lines.add(line.number, talk)
        self.pictures = PicturePost(PlatformClient(config, self.store.now), config.lot)
        self.cameras = CameraListener(config.listen, self.gates, self.store, self.pictures)
        self.booth = BoothServer(config.booth, config, self.store, self.orders) if config.booth else None
        self.grants = GrantSync(self.store, PlatformClient(config, self.store.now), config)
        self.uplink = Uplink(self.store, PlatformClient(config, self.store.now), config.lot, VERSION)
        self.keeper = StoreKeeper(self.store)
        self._stopping = threading.Event()
        self._caretaker = threading.Thread(target=self._take_care, name="caretaker", daemon=True)

    def start(self) -> None:
        self.orders.recover()
        self.lines.start()
        for gate in self.gates.values():
            gate.start()
        self.pictures.start()
        self.cameras.start()
        if self.booth:
            self.booth.start()
        self.grants.start()
        self.uplink.start()
        self._caretaker.start()
        log.info("lot %s is at work; cameras post to port %s", self.config.lot, self.cameras.port)

    def stop(self) -> None:
        self._stopping.set()
        self.cameras.stop()
        self.pictures.stop()
        if self.booth:
            self.booth.stop()
        self.grants.stop()
        self.uplink.stop()
        for gate in self.gates.values():
            gate.stop()
        self.lines.stop()
        self.store.close()

    def _raise(self, spot: str) -> None:
        self.orders.raise_lock(spot)

    def _take_care(self) -> None:
        """Locks that should be up and are not (a vehicle can stay a while); orders and controllers without answer."""
        while not self._stopping.wait(TAKE_CARE_EVERY):
            for care in (
                self.locks.raise_all_wanted,
                self.orders.give_up_late,
                self.lines.tell_silent,
                self.keeper.take_care,
                self.tests.take_care,
            ):
                try:
                    care()
                except Exception:
                    log.exception("care could not be taken")
