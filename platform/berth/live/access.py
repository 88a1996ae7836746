"""Who may open a stream: a valid token, an origin of ours, and not too many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import urlsplit


def origin_is_ours(origin: str, host: str, allowed: Collection[str]) -> bool:
    """True where ``origin`` has the host name that this request was sent to (on any port), or is listed.

    The web process and the live process share a host but, in the demo, not a port.
    """
    if origin in allowed:
        return True
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.hostname == _name_of(host)


def _name_of(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


@dataclass
class Limits:
    """How many streams one address and the whole process may hold open."""

    per_client: int
    total: int
    open: Counter[str] = field(default_factory=Counter)

    def enter(self, client: str) -> bool:
        """Count a stream in; False where the client or the process has its fill."""
        if self.open[client] >= self.per_client or self.open.total() >= self.total:
            return False
        self.open[client] += 1
        return True

    def leave(self, client: str) -> None:
        self.open[client] -= 1
        if not self.open[client]:
            del self.open[client]
