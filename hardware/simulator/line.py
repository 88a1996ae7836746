"""An RS-485 line over pseudo-terminals: half duplex, shared, as slow as its bits.

Each node has a pseudo-terminal to open like a serial port. What a node writes reaches all others, never itself, when
the last of its bits would have: 10 bits a byte, in portions of at most ``FIFO`` bytes, as a UART delivers them. Nodes
that talk at once garble each other. On command the line flips bits, drops bytes, mutes a node (it is not heard), or
cuts it off (it neither hears nor is heard). A resident is a node without a port: it lives in the line's own thread.

As a program: ``python -m hardware.simulator.line --node server --node c1 [--baud 38400] [--link server=PATH]`` prints
one JSON line with the path of each node, then obeys lines on standard input: ``mute c1``, ``cut c1``,
``reconnect c1``, ``flip 0.001``, ``drop 0.01``, ``stats``; it ends with its input.
"""

from __future__ import annotations

import ctypes
import os
import random
import select
import sys
import threading
import time
import tty
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from hardware.line.loop import be_prompt

FIFO = 16
BITS_PER_BYTE = 10
READ_SIZE = 4096
PR_SET_TIMERSLACK = 29


@dataclass(slots=True)
class Transmission:
    """Bytes under way: ``start`` is when the first bit left, ``delivered`` how many bytes have arrived."""

    node: str
    start: float
    data: bytearray
    delivered: int = 0


@dataclass(slots=True)
class Statistics:
    """What has happened on the line, in bytes, but ``collisions`` in pairs of transmissions."""

    carried: int = 0
    flipped: int = 0
    dropped: int = 0
    collisions: int = 0
    overrun: int = 0


@dataclass(slots=True)
class _Node:
    name: str
    master: int
    slave: int
    path: str
    muted: bool = False
    cut: bool = False
    link: Path | None = None
    talks_until: float = 0.0


@dataclass(slots=True)
class _Faults:
    flip: float = 0.0
    drop: float = 0.0
    nodes: set[str] = field(default_factory=set)

    def strikes(self, node: str) -> bool:
        return (self.flip > 0 or self.drop > 0) and (not self.nodes or node in self.nodes)


class Resident(Protocol):
    """Something on the line that costs no port and no process: many controllers' worth of load on a small machine."""

    def hear(self, portion: bytes, now: float) -> bytes:
        """Bytes that others have said; what it says to that at once, if anything."""
        ...


class SimulatedLine:
    """A line in a thread of this process. Fault commands may come from any thread and take effect at once.

    Residents are on the line from its start; cutting and muting are for nodes with a port.
    """

    def __init__(
        self,
        nodes: Iterable[str],
        baud: int = 38400,
        *,
        links: Mapping[str, str | os.PathLike[str]] | None = None,
        residents: Mapping[str, Resident] | None = None,
        seed: int | None = None,
    ) -> None:
        self.baud = baud
        self._residents = dict(residents or {})
        self._resident_talks_until = dict.fromkeys(self._residents, 0.0)
        self.statistics = Statistics()
        self._byte_time = BITS_PER_BYTE / baud
        self._random = random.Random(seed)
        self._faults = _Faults()
        self._under_way: deque[Transmission] = deque()
        self._injected: deque[bytes] = deque()
        self._listeners: list[Callable[[str, bytes, float], None]] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._nodes = {name: _open_node(name, (links or {}).get(name)) for name in nodes}
        self._by_master = {node.master: node for node in self._nodes.values()}
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)

    # --- for the nodes ------------------------------------------------------------------------

    def path(self, node: str) -> str:
        """The device that this node opens."""
        return self._nodes[node].path

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="simulated-line", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and hang up on every node."""
        self._stopping.set()
        os.write(self._wake_write, b"\0")
        if self._thread:
            self._thread.join()
        for node in self._nodes.values():
            os.close(node.master)
            os.close(node.slave)
            if node.link:
                node.link.unlink(missing_ok=True)
        os.close(self._wake_read)
        os.close(self._wake_write)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- faults -------------------------------------------------------------------------------

    def flip_bits(self, rate: float, *, nodes: Iterable[str] = ()) -> None:
        """Flip each bit with this probability, in what these nodes (all, if none is named) say."""
        with self._lock:
            self._faults.flip, self._faults.nodes = rate, set(nodes)

    def drop_bytes(self, rate: float, *, nodes: Iterable[str] = ()) -> None:
        """Lose each byte with this probability."""
        with self._lock:
            self._faults.drop, self._faults.nodes = rate, set(nodes)

    def mute(self, node: str) -> None:
        """It still hears, but nobody hears it."""
        self._nodes[node].muted = True

    def cut(self, node: str) -> None:
        """Off the line, both ways."""
        self._nodes[node].cut = True

    def reconnect(self, node: str) -> None:
        """Undo :meth:`mute` and :meth:`cut`."""
        self._nodes[node].muted = self._nodes[node].cut = False

    def inject(self, data: bytes) -> None:
        """Put bytes on the line from outside, as an intruder with a pair of clips does; every node hears them."""
        with self._lock:
            self._injected.append(data)
            os.write(self._wake_write, b"\0")

    def listen(self, listener: Callable[[str, bytes, float], None]) -> None:
        """Call with (node, bytes, time) for every portion that arrives; in the line's thread."""
        self._listeners.append(listener)

    # --- the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        keep_exact_time()
        be_prompt()
        while not self._stopping.is_set():
            wait = max(0.0, self._next_arrival() - time.monotonic()) if self._under_way else None
            ready, _, _ = select.select([*self._by_master, self._wake_read], [], [], wait)
            now = time.monotonic()
            for descriptor in ready:
                if descriptor == self._wake_read:
                    os.read(self._wake_read, READ_SIZE)
                else:
                    node = self._by_master[descriptor]
                    data = os.read(descriptor, READ_SIZE)
                    if not (node.muted or node.cut):
                        self._begin(node.name, data, max(now, node.talks_until))
            with self._lock:
                injected, self._injected = self._injected, deque()
            for data in injected:
                self._begin("", data, now)
            self._deliver(time.monotonic())

    def _portion_end(self, item: Transmission) -> int:
        return min(item.delivered + FIFO, len(item.data))

    def _next_arrival(self) -> float:
        return min(item.start + self._portion_end(item) * self._byte_time for item in self._under_way)

    def _begin(self, name: str, data: bytes, start: float) -> None:
        item = Transmission(name, start, bytearray(data))
        end = start + len(data) * self._byte_time
        if name in self._nodes:
            self._nodes[name].talks_until = end
        elif name:
            self._resident_talks_until[name] = end
        for other in self._under_way:
            if other.node != name and other.start + len(other.data) * self._byte_time > start:
                self._collide(item, other)
        self._under_way.append(item)

    def _collide(self, one: Transmission, other: Transmission) -> None:
        """Both lose the bytes that they sent at the same time."""
        self.statistics.collisions += 1
        length = self._byte_time
        begin = max(one.start, other.start)
        end = min(one.start + len(one.data) * length, other.start + len(other.data) * length)
        for item in (one, other):
            first = max(item.delivered, int((begin - item.start) / length))
            for index in range(first, min(len(item.data), int((end - item.start) / length) + 1)):
                item.data[index] ^= self._random.randrange(1, 256)

    def _deliver(self, now: float) -> None:
        for item in list(self._under_way):
            while item.delivered < len(item.data):
                end = self._portion_end(item)
                arrival = item.start + end * self._byte_time
                if arrival > now:
                    break
                portion = bytes(item.data[item.delivered : end])
                item.delivered = end
                self._hand_over(item.node, portion, arrival)
            if item.delivered == len(item.data):
                self._under_way.remove(item)

    def _hand_over(self, sender: str, portion: bytes, arrival: float) -> None:
        portion = self._struck(sender, portion)
        self.statistics.carried += len(portion)
        for listener in self._listeners:
            listener(sender, portion, arrival)
        for node in self._nodes.values():
            if node.name != sender and not node.cut and portion:
                self._write(node, portion)
        for name, resident in self._residents.items():
            if name != sender and portion and (said := resident.hear(portion, time.monotonic())):
                self._begin(name, said, max(time.monotonic(), self._resident_talks_until[name]))

    def _write(self, node: _Node, portion: bytes) -> None:
        try:
            written = os.write(node.master, portion)
        except BlockingIOError:
            written = 0
        self.statistics.overrun += len(portion) - written

    def _struck(self, sender: str, portion: bytes) -> bytes:
        with self._lock:
            flip, drop, strikes = self._faults.flip, self._faults.drop, self._faults.strikes(sender)
        if not strikes:
            return portion
        out = bytearray()
        for byte in portion:
            if self._random.random() < drop:
                self.statistics.dropped += 1
                continue
            damage = sum(1 << bit for bit in range(8) if self._random.random() < flip)
            self.statistics.flipped += damage != 0
            out.append(byte ^ damage)
        return bytes(out)


def keep_exact_time() -> None:
    """Let this thread wake when it asked to: Linux adds 50 µs by default, more than half a byte at 115200 baud."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1)


def _open_node(name: str, link: str | os.PathLike[str] | None) -> _Node:
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    node = _Node(name, master, slave, os.ttyname(slave))
    if link is not None:
        node.link = Path(link)
        node.link.parent.mkdir(parents=True, exist_ok=True)
        node.link.unlink(missing_ok=True)
        node.link.symlink_to(node.path)
    return node


if __name__ == "__main__":
    from .line_program import main

    main()
