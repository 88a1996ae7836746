"""The controller's rules together: what comes from the line, the panel and the lock bus, and what is done about it.

No I/O and no clock. ``now`` is any monotonic number of seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hardware.controller.actions import Action, Drive, Show, StartUnlock, Tell
from hardware.controller.job import Job
from hardware.controller.lock_jobs import LockJobs
from hardware.controller.panel import ButtonPressed, CardShown, PanelEvent
from hardware.controller.verification import Verification
from hardware.osdp import vendor
from hardware.osdp.messages import Message
from hardware.osdp.vendor import Emergency, EmergencyReason, LockStatus, Status, StatusFlag

StatusMessage = Status
Output = Drive | Show | Tell | StatusMessage
CALL_AGAIN_AFTER = 5.0
"""Seconds within which further presses of the button are the same call."""


@dataclass(slots=True)
class ControllerCore:
    locks: LockJobs
    verification: Verification = field(default_factory=Verification)
    online: bool = False
    """Whether a secure session with the lot server stands."""
    _shown_until: float | None = None
    _started: bool = False
    _called_at: float | None = None

    def on_panel(self, event: PanelEvent, now: float) -> list[Output]:
        """A card or the emergency button."""
        match event:
            case CardShown(credential=credential):
                return self._run(self.verification.card(credential, now), now)
            case ButtonPressed():
                return self._run([*self._call(now), Show("help_is_called", seconds=60)], now)

    def _call(self, now: float) -> list[Action]:
        """Who presses again and again is one call, not a hundred."""
        if self._called_at is not None and now - self._called_at < CALL_AGAIN_AFTER:
            return []
        self._called_at = now
        return [Tell(Emergency(self.verification.request, EmergencyReason.BUTTON))]

    def on_message(self, message: Message, now: float) -> list[Output]:
        """A vendor message of the lot server. Repetitions change nothing."""
        match message:
            case vendor.Open() | vendor.Elsewhere() | vendor.Denied():
                return self._run(self.verification.verdict(message, now), now)
            case vendor.Unlock(command=command, lock=lock, hold=hold):
                return self._run(self.locks.unlock(lock, now, command=command, hold=hold), now)
            case vendor.Raise(command=command, lock=lock):
                return self._run(self.locks.raise_lock(lock, now, command=command), now)
            case vendor.Test(command=command, lock=lock):
                return self._run(self.locks.test(lock, now, command=command), now)
            case vendor.Show():
                return self._run([Show(text=message.text, seconds=message.seconds)], now)
            case vendor.QueryStatus():
                return [self.status()]
        return []

    def on_lock_status(self, lock: int, status: LockStatus, now: float) -> list[Output]:
        """The bus read a lock. Once all have been read, the lot server hears how they stand."""
        outputs = self._run(self.locks.status_read(lock, status, now), now)
        if not self._started and len(self.locks.status) == self.locks.count:
            self._started = True
            outputs.append(self.status(StatusFlag.STARTED))
        return outputs

    def on_line(self, online: bool, now: float) -> list[Output]:
        """The session with the lot server began or ended."""
        if online == self.online:
            return []
        self.online = online
        return self._run([Show("ready" if online else "offline")], now)

    @property
    def under_way(self) -> tuple[Job, ...]:
        """What must be on disk before the outputs of the last step are carried out."""
        return self.locks.under_way

    def status(self, flags: int = 0) -> StatusMessage:
        """How every lock stands."""
        unread = LockStatus.UNREACHABLE
        return Status(tuple(int(self.locks.status.get(i, unread)) for i in range(self.locks.count)), flags)

    def tick(self, now: float) -> list[Output]:
        """Call when ``deadline`` has passed."""
        outputs = self._run(self.verification.tick(now) + self.locks.tick(now), now)
        if self._shown_until is not None and now >= self._shown_until:
            outputs += self._run([Show("ready" if self.online else "offline")], now)
        return outputs

    @property
    def deadline(self) -> float | None:
        candidates = (self.verification.deadline, self.locks.deadline, self._shown_until)
        return min((at for at in candidates if at is not None), default=None)

    def _run(self, actions: list[Action], now: float) -> list[Output]:
        outputs: list[Output] = []
        for action in actions:
            if isinstance(action, StartUnlock):
                outputs += self._run(self.locks.unlock(action.lock, now, request=action.request, hold=action.hold), now)
                continue
            if isinstance(action, Show):
                self._shown_until = now + action.seconds if action.seconds else None
            outputs.append(action)
        return outputs
