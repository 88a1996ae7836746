"""A control panel's link to one peripheral: phase, sequence, session, queue. It knows nothing of the others."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import singledispatchmethod
from itertools import count

from . import events, replies, vendor
from .commands import Cap, Challenge, Id, KeySet, Poll, ServerCryptogram
from .events import Event, OfflineReason, Rejection
from .frames import Frame, SecurityBlock
from .handshake import LEADS_TO, SENDS, Phase
from .messages import Message, MessageError
from .replies import Ack, Busy, ClientCryptogram, InitialMac, Nak, NakCode, PdCapabilities, PdId
from .secure_channel import (
    SCBK_D,
    SCS_11,
    SCS_12,
    SCS_13,
    SCS_14,
    SecureChannelError,
    Session,
    SessionKeys,
    client_cryptogram,
    derive_session_keys,
    initial_mac,
    same,
    server_cryptogram,
)

SESSION_ENDING = {NakCode.SEQUENCE, NakCode.SECURITY_UNSUPPORTED, NakCode.SECURITY_REQUIRED}


@dataclass(frozen=True, slots=True)
class PeripheralConfig:
    """A peripheral on the bus. ``key`` is its SCBK (16 bytes).

    ``install_key`` asks for SCBK-D instead: only the bench command that provisions a controller sets it.
    """

    address: int
    key: bytes = field(repr=False)
    install_key: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.address <= 0x7F or len(self.key) != 16:
            raise ValueError("an address is 0 to 127, a base key has 16 bytes")


@dataclass(slots=True)
class Quality:
    """Counters of a link: exchanges begun and answered, tries unanswered, garbled answers, refused ones by reason."""

    sent: int = 0
    answered: int = 0
    lost: int = 0
    garbled: int = 0
    rejected: Counter[Rejection] = field(default_factory=Counter)


#: A command that was under way when so many sessions broke is itself the suspect and is given up.
SESSIONS_PER_COMMAND = 3


@dataclass(slots=True)
class Queued:
    """A command that waits for its turn; ``broken_sessions`` ended while it was under way."""

    ticket: int
    command: Message
    expires_at: float | None
    broken_sessions: int = 0


@dataclass(slots=True)
class Outgoing:
    """The exchange under way. Repeated as the same bytes, so that the MAC chain and the peripheral see one command."""

    wire: bytes
    sequence: int
    command: Message
    queued: Queued | None
    tries: int = 0
    busy: int = 0


@dataclass(slots=True)
class PanelLink:
    """One peripheral, seen from the panel."""

    config: PeripheralConfig
    random: Callable[[int], bytes]
    phase: Phase = Phase.OFFLINE
    outgoing: Outgoing | None = None
    queue: deque[Queued] = field(default_factory=deque)
    quality: Quality = field(default_factory=Quality)
    identity: PdId | None = None
    capabilities: PdCapabilities = field(default_factory=PdCapabilities)
    #: A fault that the next try will not cure (wrong key, no Secure Channel); cleared by who paces probes.
    faulted: bool = False
    garbled_in_a_row: int = 0
    _sequence: int = 0
    _session: Session | None = None
    _keys: SessionKeys | None = None
    _randoms: tuple[bytes, bytes] = (b"", b"")
    _prepared: tuple[Outgoing, bytes] | None = None
    _told: set[type[Event]] = field(default_factory=set)
    _out: list[Event] = field(default_factory=list)

    @property
    def address(self) -> int:
        return self.config.address

    def take_events(self) -> list[Event]:
        """What has happened since the last call."""
        out, self._out = self._out, []
        return out

    # --- sending ------------------------------------------------------------------------------

    def begin(self) -> Outgoing:
        """The frame that is due: the unanswered one again, else the next step, command or poll."""
        if self.outgoing is None:
            queued = self.queue.popleft() if self.phase is Phase.ONLINE and self.queue else None
            self.outgoing = self._take_prepared(queued) or self._make(queued)
            self.quality.sent += 1
        self.outgoing.tries += 1
        return self.outgoing

    def prepare(self) -> None:
        """Use the time that others' bits take: have the next poll ready."""
        if self._session and self.outgoing is None and not self.queue and self._prepared is None:
            mac = self._session.command_mac
            self._prepared = (self._make(None), mac)

    def _take_prepared(self, queued: Queued | None) -> Outgoing | None:
        """The poll made beforehand; where a command has come since, it is undone."""
        prepared, self._prepared = self._prepared, None
        if prepared and queued and self._session:
            self._session.command_mac = prepared[1]
        return prepared[0] if prepared and not queued else None

    def _make(self, queued: Queued | None) -> Outgoing:
        command = queued.command if queued else self._step()
        frame = Frame(self.address, self._sequence, command.code, command.encode(), security=self._block(command))
        wire = (self._session.seal(frame) if self._session else frame).encode()
        return Outgoing(wire, self._sequence, command, queued)

    def _step(self) -> Message:
        step = SENDS.get(self.phase)
        if step is Id:
            return Id()
        if step is Cap:
            return Cap()
        if step is Challenge:
            self._randoms = (self.random(8), b"")
            return Challenge(self._randoms[0])
        if step is ServerCryptogram and self._keys:
            return ServerCryptogram(server_cryptogram(self._keys, *self._randoms))
        return Poll()

    def _block(self, command: Message) -> SecurityBlock | None:
        blocks: dict[type[Message], int] = {Challenge: SCS_11, ServerCryptogram: SCS_13}
        kind = blocks.get(type(command))
        return SecurityBlock(kind, bytes((not self.config.install_key,))) if kind else None

    # --- receiving ----------------------------------------------------------------------------

    def accept(self, frame: Frame) -> bool:
        """Take a reply of this address. False: it is no answer to what was asked, the exchange goes on."""
        sent = self.outgoing
        if sent is None or (frame.sequence != sent.sequence and frame.code != Busy.code):
            return self._refuse(Rejection.UNEXPECTED)
        if self._session and frame.security is None:
            return self._accept_clear(frame)
        try:
            opened = self._session.open(frame) if self._session else frame
            reply = replies.REPLIES.decode(opened.code, opened.data)
        except SecureChannelError:
            return self._refuse(Rejection.MAC)
        except MessageError:
            reply = None
        return self._answered(sent, reply, frame.security)

    def _accept_clear(self, frame: Frame) -> bool:
        """In a session only two things are believed unprotected: not now, and I know of no session."""
        if frame.code == Busy.code:
            return self._answered(self.outgoing, Busy(), None)
        if frame.code == Nak.code and frame.data and frame.data[0] in SESSION_ENDING:
            self.drop(OfflineReason.SESSION_LOST)
            return True
        return self._refuse(Rejection.CLEAR_TEXT)

    def _answered(self, sent: Outgoing | None, reply: Message | None, security: SecurityBlock | None) -> bool:
        if isinstance(reply, Busy) and sent:
            sent.busy, sent.tries = sent.busy + 1, 0
            return True
        self.outgoing, self.garbled_in_a_row = None, 0
        self._sequence = self._sequence % 3 + 1
        self.quality.answered += 1
        if reply is None:
            self._refuse(Rejection.MESSAGE)
            self._fail(sent, None)
        elif self.phase is not Phase.ONLINE:
            self._advance(reply, security)
        elif isinstance(reply, Nak) and reply.reason in SESSION_ENDING - {NakCode.SECURITY_UNSUPPORTED}:
            self.outgoing = sent
            self.drop(OfflineReason.SESSION_LOST)
        elif sent and sent.queued:
            self._conclude(sent.queued, reply)
        elif not isinstance(reply, Ack):
            self._tell(reply)
        return True

    def _refuse(self, reason: Rejection) -> bool:
        self.quality.rejected[reason] += 1
        self._out.append(events.Rejected(self.address, reason))
        return False

    # --- the handshake ------------------------------------------------------------------------

    def _advance(self, reply: Message, security: SecurityBlock | None) -> None:
        phase = LEADS_TO[self.phase].get(type(reply))
        if phase is None or not self._believes(reply, security):
            self._fault(events.ClearTextDevice if phase is None and self._refuses_security(reply) else None)
        else:
            self.phase = phase
            if phase is Phase.ONLINE and self.identity:
                self._told.clear()
                self._out.append(events.Online(self.address, self.identity, self.capabilities))

    def _refuses_security(self, reply: Message) -> bool:
        return self.phase is Phase.DESCRIBED and isinstance(reply, Nak) and reply.reason != NakCode.SEQUENCE

    def _believes(self, reply: Message, security: SecurityBlock | None) -> bool:
        """Store what a handshake reply says; False if it proves nothing (the fault is then told)."""
        match reply:
            case PdId():
                self.identity = reply
            case PdCapabilities():
                self.capabilities = reply
            case ClientCryptogram():
                return self._check_client(reply, security) or self._mismatch()
            case InitialMac():
                return self._check_initial_mac(reply, security) or self._mismatch()
        return True

    def _check_client(self, reply: ClientCryptogram, security: SecurityBlock | None) -> bool:
        self._randoms = (self._randoms[0], reply.random)
        self._keys = derive_session_keys(SCBK_D if self.config.install_key else self.config.key, self._randoms[0])
        proof = client_cryptogram(self._keys, *self._randoms)
        return security is not None and security.kind == SCS_12 and same(proof, reply.cryptogram)

    def _check_initial_mac(self, reply: InitialMac, security: SecurityBlock | None) -> bool:
        if self._keys is None or security is None or security.kind != SCS_14 or security.data != b"\x01":
            return False
        mac = initial_mac(self._keys, server_cryptogram(self._keys, *self._randoms))
        self._session = Session(self._keys, mac)
        return same(mac, reply.mac)

    def _mismatch(self) -> bool:
        self._tell_once(events.KeyMismatch(self.address))
        self.faulted = True
        return False

    def _fault(self, kind: type[Event] | None) -> None:
        if kind:
            self._tell_once(kind(self.address))
            self.faulted = True
        self._reset()

    def _tell_once(self, event: Event) -> None:
        if type(event) not in self._told:
            self._told.add(type(event))
            self._out.append(event)

    # --- online -------------------------------------------------------------------------------

    def _conclude(self, queued: Queued, reply: Message) -> None:
        if isinstance(reply, Nak):
            self._out.append(events.CommandFailed(self.address, queued.ticket, queued.command, reply))
            return
        self._out.append(events.CommandDone(self.address, queued.ticket, queued.command, reply))
        if isinstance(queued.command, KeySet):
            self.config = PeripheralConfig(self.address, queued.command.key)
            self.drop(OfflineReason.REKEYED)

    def _fail(self, sent: Outgoing | None, refusal: Nak | None) -> None:
        if sent and sent.queued:
            failed = events.CommandFailed(self.address, sent.queued.ticket, sent.queued.command, refusal)
            self._out.append(failed)

    @singledispatchmethod
    def _tell(self, reply: Message) -> None:
        """Turn the answer to a poll into an event."""
        self._out.append(events.OtherReply(self.address, reply))

    @_tell.register
    def _(self, reply: replies.CardData) -> None:
        self._out.append(events.CardRead(self.address, reply))

    @_tell.register
    def _(self, reply: replies.Keypad) -> None:
        self._out.append(events.KeysPressed(self.address, reply))

    @_tell.register
    def _(self, reply: replies.LocalStatus) -> None:
        self._out.append(events.LocalStatus(self.address, reply))

    @_tell.register
    def _(self, reply: replies.ManufacturerReply) -> None:
        if reply.vendor != vendor.BERTH:
            self._out.append(events.OtherReply(self.address, reply))
            return
        try:
            envelope = vendor.read_reply(reply)
        except MessageError:
            self._refuse(Rejection.MESSAGE)
        else:
            self._out.append(events.VendorMessage(self.address, envelope.number, envelope.message))

    # --- ending -------------------------------------------------------------------------------

    def expire(self, now: float) -> None:
        """Give up queued commands whose time has passed."""
        kept = deque(item for item in self.queue if item.expires_at is None or item.expires_at > now)
        for item in self.queue:
            if item not in kept:
                self._out.append(events.CommandFailed(self.address, item.ticket, item.command, None))
        self.queue = kept

    def give_up_command(self) -> None:
        """The command under way has been put off for too long: fail it, keep the session by starting a new one."""
        self._fail(self.outgoing, None)
        self.outgoing = None
        self.drop(OfflineReason.SESSION_LOST)

    def drop(self, reason: OfflineReason) -> None:
        """End the session. A command that was under way goes back to the head of the queue and is sent again."""
        if self.outgoing and self.outgoing.queued:
            self._requeue(self.outgoing.queued)
        if self.phase is Phase.ONLINE:
            self._out.append(events.Offline(self.address, reason))
        self._reset()

    def _requeue(self, queued: Queued) -> None:
        queued.broken_sessions += 1
        if queued.broken_sessions < SESSIONS_PER_COMMAND:
            self.queue.appendleft(queued)
        else:
            self._fail(self.outgoing, None)

    def garbled(self, *, suspicious: bool) -> None:
        """An answer came, but not one frame of it was whole."""
        self.quality.garbled += 1
        self.garbled_in_a_row += 1
        if suspicious:
            self._tell_once(events.AddressClash(self.address))

    def _reset(self) -> None:
        self.phase, self.outgoing, self._session, self._keys, self._sequence = Phase.OFFLINE, None, None, None, 0
        self._prepared = None


tickets = count(1)
