"""What the rules ask the program around them to do."""

from __future__ import annotations

from dataclasses import dataclass

from hardware.osdp.vendor import Emergency, LockReport, Swipe


@dataclass(frozen=True, slots=True)
class Tell:
    """Send this to the lot server, until it says that it has dealt with it."""

    message: Swipe | LockReport | Emergency


@dataclass(frozen=True, slots=True)
class Drive:
    """Command a lock: ``lower`` opens it, otherwise it is raised."""

    lock: int
    lower: bool


@dataclass(frozen=True, slots=True)
class Show:
    """Show a notice of notices.py (or, with ``text``, words from the lot server) for ``seconds``; 0: until the next."""

    key: str = ""
    text: str = ""
    seconds: float = 0


@dataclass(frozen=True, slots=True)
class StartUnlock:
    """A verdict said open: begin the lock job."""

    lock: int
    request: int
    hold: float


Action = Tell | Drive | Show | StartUnlock
