"""When to look for peripherals that do not answer, and how long to wait: so that they cost the others little."""

from __future__ import annotations

from .panel_link import PanelLink
from .timing import PanelTiming

AT_ONCE = 0.0
#: Every so often a probe waits its full patience, for peripherals slower than the others on this line.
PATIENT_PROBE = 8
#: How fast the memory of slow answers fades, per answer.
FADING = 0.98


class Probing:
    """Back-off per address, a bounded share of the line for all, and a patience learned from who does answer."""

    def __init__(self, timing: PanelTiming) -> None:
        self._timing = timing
        self._free_at = AT_ONCE
        self._not_before: dict[int, float] = {}
        self._backoff: dict[int, float] = {}
        self._slowest = timing.probe_patience
        self._probes = 0

    def add(self, address: int) -> None:
        """Begin anew with this address, at once."""
        self._not_before[address] = AT_ONCE
        self.works(address)

    def works(self, address: int) -> None:
        """It is online: should it fall silent, the back-off starts from the beginning."""
        self._backoff[address] = self._timing.probe_first

    def may_speak_at(self, address: int) -> float:
        """Before that it is left alone: it asked for time, or was probed just now."""
        return self._not_before[address]

    def leave_alone(self, address: int, until: float) -> None:
        self._not_before[address] = until

    def heard_after(self, delay: float) -> None:
        """An answer of somebody began so long after the question's last bit."""
        self._slowest = max(delay, self._slowest * FADING)

    def patience(self) -> float:
        """For the next probe: twice what the slowest of late has taken, and now and then in full."""
        self._probes += 1
        if self._probes % PATIENT_PROBE == 0:
            return self._timing.probe_patience
        return min(self._timing.probe_patience, 2 * self._slowest + self._timing.probe_margin)

    def due_at(self, link: PanelLink) -> float:
        return max(self._not_before[link.address], self._free_at)

    def due(self, offline: list[PanelLink], now: float) -> PanelLink | None:
        """The one that has waited longest."""
        waiting = [link for link in offline if self.due_at(link) <= now]
        return min(waiting, key=lambda link: self._not_before[link.address], default=None)

    def schedule(self, link: PanelLink, now: float, *, at_once: bool) -> None:
        """One whose session worked and broke is taken up at once; others are probed ever more rarely."""
        timing, address = self._timing, link.address
        wait = self._backoff[address]
        self._backoff[address] = min(2 * wait, timing.probe_interval)
        if link.faulted:
            link.faulted, wait = False, timing.fault_interval
        elif at_once and wait == timing.probe_first:
            wait = 0.0
        self._not_before[address] = now + wait

    def was_in_vain(self, began: float, now: float) -> None:
        """Others are alive: the time that this took buys them a multiple of it."""
        self._free_at = now + (now - began) * (1 / self._timing.probe_share - 1)
