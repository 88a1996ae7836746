"""The person at a lot's desk: takes every call on the dashboard, does what helps, and resolves it with a note."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import close_old_connections, connection
from django.db.utils import OperationalError

from berth.day import ground
from berth.day.ground import CannotDo, Ground
from berth.day.people import Person, Refused
from hardware.models import EmergencyCall

log = logging.getLogger(__name__)
LOOK_EVERY = 1.0
State = EmergencyCall.State
Helper = Callable[[], None]


@dataclass
class Desk:
    """``help_on(controller, helper)`` says who stands where: what the desk does when a call comes from there."""

    lot: Ground
    person: Person
    answered: list[tuple[str, str]] = field(default_factory=list)
    """(call, what was done)."""
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name=f"desk-{self.lot.code}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread:
            self._thread.join()

    def open_gate(self, gate: str, reason: str) -> None:
        self.person.form(f"/staff/{self.lot.code}/gates/{gate}/", reason=reason)

    def open_lock(self, spot: str, reason: str) -> None:
        self.person.form(f"/staff/{self.lot.code}/bays/{spot}/", kind="unlock", reason=reason)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_EVERY):
            try:
                for call in self._waiting():
                    self._answer(call)
            except (OperationalError, Refused, CannotDo) as error:
                log.warning("desk of %s: %r", self.lot.code, error)
            close_old_connections()
        connection.close()

    def _waiting(self) -> list[EmergencyCall]:
        calls = EmergencyCall.objects.filter(lot__code=self.lot.code).exclude(state=State.RESOLVED)
        return list(calls.select_related("spot", "grant").order_by("raised_at"))

    def _answer(self, call: EmergencyCall) -> None:
        path = f"/staff/{self.lot.code}/calls/{call.pk}/"
        self.person.form(f"{path}take/")
        done = self._help(call)
        self.person.form(path, note=done)
        self.answered.append((str(call.pk), done))

    def _help(self, call: EmergencyCall) -> str:
        """What can be mended is mended; who cannot get in or out with a valid booking is let through."""
        if call.reason == EmergencyCall.Reason.UNLOCK_FAILED and call.spot:
            self.lot.act("clear_lock", spot=call.spot.code)
            return "went there and freed the lock"
        if call.reason == EmergencyCall.Reason.GATE:
            return self._help_at_gate(call)
        return "spoke with the driver"

    def _help_at_gate(self, call: EmergencyCall) -> str:
        plates = set(call.grant.plates) if call.grant else set()
        for plate in plates:
            at = ground.place(self.lot.state, plate)
            if at.startswith("gate:"):
                code = at.removeprefix("gate:")
                if ground.gate(self.lot.state, code)["barrier_fault"]:
                    self.lot.act("clear_barrier", gate=code)
                self.open_gate(code, f"{plate} called at the gate")
                return f"opened gate {code} for {plate}"
        return "nobody stands at the gate any more"
