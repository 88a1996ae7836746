"""The control panel (CP) of one bus: whose turn it is, how long to wait, when to try again.

Scheduling, in this order: a peripheral that is owed something (a queued command, the next step of a handshake, another
poll after an event, the repetition of a lost frame) · the round robin over all that are online · between two rounds,
one probe of one that is offline (``probing``). A full line is polled as fast as its bits go; a round that would be
over sooner than ``round_time`` waits for that.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable

from .events import CommandDone, CommandFailed, Event, Offline, OfflineReason, Rejected
from .frames import Frame, FrameDecoder
from .handshake import Phase
from .messages import Message
from .panel_link import PanelLink, PeripheralConfig, Queued, tickets
from .probing import AT_ONCE, Probing
from .timing import PanelTiming
from .vendor import Acknowledge, to_controller

#: Exchanges in a row with one peripheral before the round goes on.
LONGEST_STREAK = 4
#: Garbled answers in a row that make an address suspicious.
CLASH_AFTER = 5
NEVER = float("inf")


class ControlPanel:
    """Drive it like this, with one clock in seconds: :meth:`receive` what the port has (also nothing, once
    :meth:`next_deadline` has passed) and handle its events; write what :meth:`next_output` returns; wait for the port
    or for :meth:`next_deadline`.
    """

    def __init__(
        self,
        peripherals: Iterable[PeripheralConfig] = (),
        timing: PanelTiming | None = None,
        *,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.timing = timing or PanelTiming()
        self.decoder = FrameDecoder(crc_only=True)
        self.links: dict[int, PanelLink] = {}
        self._random = random
        self._current: PanelLink | None = None
        self._deadline = self._hard_deadline = self._began = NEVER
        self._sent_at: float | None = None
        self._noise_before = 0
        self._urgent: deque[int] = deque()
        self._round: deque[int] = deque()
        self._streak: tuple[int, int] = (-1, 0)
        self._round_at = AT_ONCE
        self._probing = Probing(self.timing)
        self._healthy: set[int] = set()
        for config in peripherals:
            self.add(config)

    # --- what the lot server calls ------------------------------------------------------------

    def add(self, config: PeripheralConfig) -> None:
        """Begin to look for a peripheral; one already known at that address starts over with the new setting."""
        self.remove(config.address)
        self.links[config.address] = PanelLink(config, self._random)
        self._probing.add(config.address)

    def remove(self, address: int) -> None:
        """Forget a peripheral and what was queued for it."""
        link = self.links.pop(address, None)
        if link is not None and link is self._current:
            self._current = None

    def queue(self, address: int, command: Message, *, expires_at: float | None = None) -> int:
        """Send a command before the round goes on, or as soon as the peripheral is online; ends in CommandDone or
        CommandFailed with the ticket returned here. Raises ``KeyError`` for an unknown address, ``MessageError`` for
        fields that do not fit on the wire.
        """
        command.encode()
        ticket = next(tickets)
        self.links[address].queue.append(Queued(ticket, command, expires_at))
        self._owe(address)
        return ticket

    def send(self, address: int, message: Message, *, acknowledges: int = 0, expires_at: float | None = None) -> int:
        """Queue a vendor message for a controller; see :meth:`queue`."""
        return self.queue(address, to_controller(message, acknowledges=acknowledges), expires_at=expires_at)

    def acknowledge(self, address: int, number: int) -> int:
        """Tell a controller that its vendor message has been dealt with and need not be repeated."""
        return self.send(address, Acknowledge(), acknowledges=number)

    def is_online(self, address: int) -> bool:
        return self.links[address].phase is Phase.ONLINE

    # --- what the loop calls ------------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Bytes from the line, maybe none; also lets time pass."""
        out: list[Event] = []
        if data:
            self._note_delay(now)
            for item in self.decoder.feed(data):
                if isinstance(item, Frame):
                    self._take(item, now, out)
        if self._current and data:
            self._follow_arrival(now)
        if self._current and now >= min(self._deadline, self._hard_deadline):
            self._time_out(now, out)
        for link in self.links.values():
            if link.queue:
                link.expire(now)
                out += link.take_events()
        return out

    def next_output(self, now: float) -> bytes | None:
        """A frame to write now, or None while an answer is awaited or nothing is due."""
        if self._current or not (link := self._choose(now)):
            return None
        outgoing = link.begin()
        self._current, self._began = link, now
        self.decoder.flush()
        self._noise_before = self._rejections()
        is_probe = link.phase is Phase.OFFLINE
        patience = self._probing.patience() if is_probe else self.timing.patience(outgoing.tries)
        self._sent_at = now + self.timing.wire_time(len(outgoing.wire))
        self._deadline = self._sent_at + patience
        self._hard_deadline = self._deadline + self.timing.wire_time(self.decoder.max_length)
        return outgoing.wire

    def prepare(self) -> None:
        """While the line is busy: make ready whose turn will be next."""
        if self._current and self._round and (link := self.links.get(self._round[0])):
            link.prepare()

    def next_deadline(self) -> float:
        """When to call again although nothing arrives."""
        if self._current:
            return min(self._deadline, self._hard_deadline)
        if self._urgent:
            return AT_ONCE
        offline = self._offline()
        due = [self._probing.due_at(link) for link in offline]
        if len(offline) < len(self.links):
            due.append(AT_ONCE if self._round else self._round_at)
        due += [item.expires_at for link in self.links.values() for item in link.queue if item.expires_at is not None]
        return min(due, default=NEVER)

    # --- whose turn ---------------------------------------------------------------------------

    def _owe(self, address: int) -> None:
        if address not in self._urgent:
            self._urgent.append(address)

    def _choose(self, now: float) -> PanelLink | None:
        link = self._next_urgent(now) or self._next_in_round(now)
        if link:
            address, run = self._streak
            self._streak = (link.address, run + 1 if address == link.address else 1)
        return link

    def _next_urgent(self, now: float) -> PanelLink | None:
        for _ in range(len(self._urgent)):
            address = self._urgent[0]
            if self._streak == (address, LONGEST_STREAK) and self._let_others(address):
                return None
            self._urgent.popleft()
            link = self.links.get(address)
            if link and link.phase is not Phase.OFFLINE and self._probing.may_speak_at(address) <= now:
                return link
        return None

    def _awake(self) -> list[int]:
        return [address for address, link in self.links.items() if link.phase is not Phase.OFFLINE]

    def _offline(self) -> list[PanelLink]:
        return [link for link in self.links.values() if link.phase is Phase.OFFLINE]

    def _let_others(self, address: int) -> bool:
        """One has had its fill: make the others' turn come now."""
        self._streak = (address, 0)
        if not self._round:
            self._round.extend(other for other in self._awake() if other != address)
        return bool(self._round)

    def _next_in_round(self, now: float) -> PanelLink | None:
        if not self._round:
            if probe := self._probing.due(self._offline(), now):
                return probe
            if now < self._round_at:
                return None
            self._round.extend(self._awake())
            self._round_at = now + self.timing.round_time
        while self._round:
            link = self.links.get(self._round.popleft())
            if link and link.phase is not Phase.OFFLINE and self._probing.may_speak_at(link.address) <= now:
                return link
        return None

    # --- answers ------------------------------------------------------------------------------

    def _take(self, frame: Frame, now: float, out: list[Event]) -> None:
        link = self._current
        if not frame.is_reply or link is None or frame.address != link.address:
            return
        was_online = link.phase is Phase.ONLINE
        if link.accept(frame):
            self._finish(link, now, answered=True, was_online=was_online)
        news = link.take_events()
        if any(not isinstance(event, (CommandDone, CommandFailed, Rejected, Offline)) for event in news):
            self._owe(link.address)
        out += news

    def _finish(self, link: PanelLink, now: float, *, answered: bool, was_online: bool = False) -> None:
        """The exchange is over, with an answer, or for good without."""
        address = link.address
        self._current = None
        if answered:
            self._healthy.add(address)
        if was_online and link.phase is Phase.ONLINE:
            self._probing.works(address)
        if link.outgoing and link.outgoing.busy:
            self._put_off(link, now)
        elif link.phase is Phase.OFFLINE:
            self._probing.schedule(link, now, at_once=was_online)
            if not answered and self._awake():
                self._probing.was_in_vain(self._began, now)
        elif link.phase is not Phase.ONLINE or link.queue:
            self._owe(address)

    def _put_off(self, link: PanelLink, now: float) -> None:
        self._probing.leave_alone(link.address, now + self.timing.busy_delay)
        if link.outgoing and link.outgoing.busy >= self.timing.busy_limit:
            link.give_up_command()

    # --- silence ------------------------------------------------------------------------------

    def _rejections(self) -> int:
        return sum(self.decoder.rejected.values())

    def _note_delay(self, now: float) -> None:
        """How long the first bytes of an answer have taken."""
        if self._current and self._sent_at is not None:
            self._probing.heard_after(max(0.0, now - self._sent_at))
            self._sent_at = None

    def _follow_arrival(self, now: float) -> None:
        """While bytes of a frame come in, wait for the rest; after a garbled one, only until the line is quiet."""
        if self.decoder.pending:
            self._deadline = max(self._deadline, now + self.timing.quiet_gap)
        elif self._rejections() > self._noise_before:
            self._deadline = min(self._deadline, now + self.timing.quiet_gap)

    def _time_out(self, now: float, out: list[Event]) -> None:
        link = self._current
        if link is None or link.outgoing is None:
            return
        for item in self.decoder.flush():
            if isinstance(item, Frame):
                self._take(item, now, out)
        if self._current is None:
            return
        link.quality.lost += 1
        if self._rejections() > self._noise_before:
            others_heard = len(self.links) == 1 or bool(self._healthy - {link.address})
            link.garbled(suspicious=others_heard and link.garbled_in_a_row + 1 >= CLASH_AFTER)
        self._repeat_or_drop(link, now)
        out += link.take_events()

    def _repeat_or_drop(self, link: PanelLink, now: float) -> None:
        tries = link.outgoing.tries if link.outgoing else 0
        if link.phase is Phase.OFFLINE or tries >= self.timing.tries:
            link.drop(OfflineReason.NO_ANSWER)
            self._healthy.discard(link.address)
            self._finish(link, now, answered=False)
            return
        self._current = None
        if tries == 1:
            self._urgent.appendleft(link.address)
