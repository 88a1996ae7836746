"""Times of a bus. All in seconds, all settable."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PanelTiming:
    """How a control panel paces one bus.

    ``turnaround`` is the patience for the first byte of an answer at the first try, ``probe_patience`` the same for a
    peripheral that is offline (less where all others answer sooner, see ``probing``), ``reply_timeout`` the standard's
    200 ms, which repeated tries are given. ``round_time`` is the least time from one round of polls to the next.
    """

    baud: int = 38400
    round_time: float = 0.04
    turnaround: float = 0.06
    reply_timeout: float = 0.2
    probe_patience: float = 0.04
    probe_margin: float = 0.004
    quiet_gap: float = 0.02
    tries: int = 5
    probe_first: float = 0.1
    probe_interval: float = 0.5
    fault_interval: float = 5.0
    #: Of the line's time at most this share goes to probing the dead while others are alive.
    probe_share: float = 0.2
    busy_delay: float = 0.1
    busy_limit: int = 50

    def wire_time(self, length: int) -> float:
        """How long the bytes take: 10 bits each."""
        return length * 10 / self.baud

    def patience(self, tries: int) -> float:
        """For the n-th try of the same frame to a peripheral that is online."""
        return self.turnaround if tries <= 3 else self.reply_timeout


@dataclass(frozen=True, slots=True)
class PeripheralTiming:
    """How a peripheral judges silence.

    After ``quiet_gap`` a half received frame is given up; after ``offline_after`` (the standard's 8 s) the panel is
    gone; a vendor message is repeated ``resend_after`` its last transmission until it is acknowledged.
    """

    quiet_gap: float = 0.04
    offline_after: float = 8.0
    resend_after: float = 0.5
