"""What was on a line: frames with their times, and how long their bits alone took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hardware.osdp.frames import SOM

BITS_PER_BYTE = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame. ``began`` and ``ended`` are monotonic seconds: first and last bit."""

    node: str
    began: float
    ended: float
    raw: bytes

    @property
    def address(self) -> int:
        return self.raw[1] & 0x7F


@dataclass(slots=True)
class WireLog:
    """Listens to a line. Whole frames only: for lines without noise."""

    baud: int
    portions: list[tuple[str, bytes, float]] = field(default_factory=list)

    def listen(self, node: str, portion: bytes, at: float) -> None:
        self.portions.append((node, portion, at))

    def clear(self) -> None:
        self.portions = []

    def bits_of(self, frames: Iterable[Seen]) -> float:
        """Seconds."""
        return sum(len(frame.raw) for frame in frames) * BITS_PER_BYTE / self.baud

    def frames(self) -> Iterator[Seen]:
        """In the order of their ends."""
        pending: dict[str, bytes] = {}
        for node, portion, at in list(self.portions):
            data = pending.get(node, b"") + portion
            while len(data) >= 4 and data[0] == SOM and len(data) >= (length := int.from_bytes(data[2:4], "little")):
                yield Seen(node, at - length * BITS_PER_BYTE / self.baud, at, data[:length])
                data = data[length:]
            pending[node] = data if data[:1] == bytes((SOM,)) else b""

    def rounds(self, address: int) -> list[tuple[float, float]]:
        """Of each poll of this address to the next: seconds that passed, and seconds that its bits took."""
        result, began, bits = [], None, 0
        for frame in self.frames():
            if frame.node == "server" and frame.address == address:
                if began is not None:
                    result.append((frame.began - began, bits * BITS_PER_BYTE / self.baud))
                began, bits = frame.began, 0
            bits += len(frame.raw)
        return result
