"""A panel and peripherals on one line in virtual time: the bits take their time, nothing else does."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from hardware.osdp.control_panel import ControlPanel
from hardware.osdp.events import Event
from hardware.osdp.panel_link import PeripheralConfig
from hardware.osdp.peripheral import Credentials, Peripheral
from hardware.osdp.peripheral_rules import Facts
from hardware.osdp.replies import PdId
from hardware.osdp.timing import PanelTiming

KEY = bytes(range(16))
IDENTITY = PdId(b"\x42\x54\x48", 1, 1, 0x01020304, (1, 0, 0))


def config(address: int, key: bytes = KEY, *, install_key: bool = False) -> PeripheralConfig:
    return PeripheralConfig(address, key, install_key)


def peripheral(address: int, key: bytes = KEY, *, allow_install_key: bool = False) -> Peripheral:
    return Peripheral(address, Facts(IDENTITY), Credentials(key, allow_install_key))


Damage = Callable[[bytes], bytes]


def unharmed(data: bytes) -> bytes:
    return data


def flips(rate: float, generator: random.Random) -> Damage:
    """Each byte loses one bit with this probability."""

    def damage(data: bytes) -> bytes:
        return bytes(b ^ (1 << generator.randrange(8)) if generator.random() < rate else b for b in data)

    return damage


@dataclass
class VirtualBus:
    """Frames arrive whole, when their last bit does. ``powered`` holds the peripherals that hear and answer."""

    panel: ControlPanel
    peripherals: dict[int, Peripheral]
    damage: Damage = unharmed
    now: float = 100.0
    turnaround: float = 0.001
    powered: set[int] = field(default_factory=set)
    panel_events: list[tuple[float, Event]] = field(default_factory=list)
    peripheral_events: list[tuple[float, Event]] = field(default_factory=list)
    log: list[tuple[float, str, bytes]] = field(default_factory=list)
    on_panel_event: Callable[[Event], None] = lambda _: None
    _due: list[tuple[float, int, str, int, bytes]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.powered |= set(self.peripherals)

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> float:
        """Let so much time pass, or less if the condition comes true; the time that it took."""
        began, end = self.now, self.now + seconds
        while self.now < end and not until():
            self._let_panel_speak()
            self.now = min(max(self.now, self._next_time()), end)
            self._deliver()
            self._take_panel_events(self.panel.receive(b"", self.now))
            for item in self.peripherals.values():
                self.peripheral_events += [(self.now, event) for event in item.receive(b"", self.now)]
        return self.now - began

    def send_from_outside(self, data: bytes) -> None:
        """An intruder's bytes, at once; answers of the peripherals go to the panel."""
        self._hear_at_peripherals(data)

    def _next_time(self) -> float:
        return min([self.panel.next_deadline(), *(item[0] for item in self._due[:1])])

    def _let_panel_speak(self) -> None:
        if data := self.panel.next_output(self.now):
            self.log.append((self.now, "panel", data))
            self._send("panel", -1, data, self.now)
            self.panel.prepare()

    def _send(self, sender: str, address: int, data: bytes, at: float) -> None:
        arrival = at + self.panel.timing.wire_time(len(data))
        heapq.heappush(self._due, (arrival, next(self._order), sender, address, self.damage(data)))

    def _deliver(self) -> None:
        while self._due and self._due[0][0] <= self.now:
            _, _, sender, address, data = heapq.heappop(self._due)
            if sender == "panel":
                self._hear_at_peripherals(data)
            else:
                self.log.append((self.now, f"peripheral {address}", data))
                self._take_panel_events(self.panel.receive(data, self.now))

    def _hear_at_peripherals(self, data: bytes) -> None:
        for address in sorted(self.powered):
            item = self.peripherals[address]
            self.peripheral_events += [(self.now, event) for event in item.receive(data, self.now)]
            if reply := item.next_output():
                self._send("peripheral", address, reply, self.now + self.turnaround)

    def _take_panel_events(self, events: list[Event]) -> None:
        for event in events:
            self.panel_events.append((self.now, event))
            self.on_panel_event(event)

    def seen(self, kind: type[Event]) -> list[Event]:
        """The panel's events of this kind."""
        return [event for _, event in self.panel_events if type(event) is kind]

    def seen_by_peripheral(self, kind: type[Event]) -> list[Event]:
        return [event for _, event in self.peripheral_events if type(event) is kind]


def bus(*addresses: int, timing: PanelTiming | None = None) -> VirtualBus:
    """A bus with a healthy peripheral at each address."""
    panel = ControlPanel([config(address) for address in addresses], timing)
    return VirtualBus(panel, {address: peripheral(address) for address in addresses})


def online_bus(*addresses: int, timing: PanelTiming | None = None) -> VirtualBus:
    """The same, after the handshakes, with the logs emptied."""
    made = bus(*addresses, timing=timing)
    made.run(2.0, until=lambda: all(made.panel.is_online(a) for a in addresses))
    made.run(0.1)
    assert all(item.is_online for item in made.peripherals.values())
    made.panel_events.clear()
    made.peripheral_events.clear()
    made.log.clear()
    return made
