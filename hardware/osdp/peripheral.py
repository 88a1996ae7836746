"""The peripheral (PD): a controller's side of the bus. It only ever speaks when spoken to."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from . import commands, events
from .commands import COMMANDS, Challenge, ComSet, KeySet, Manufacturer, Poll, ServerCryptogram
from .events import Event, OfflineReason, Rejection
from .frames import BROADCAST, Frame, FrameDecoder, SecurityBlock
from .messages import Message, MessageError, UnknownCode
from .outbox import Outbox
from .peripheral_rules import ALLOWED, ANSWERS, BAUD_RATES, Facts, Guard
from .replies import Ack, ClientCryptogram, Com, InitialMac, Nak, NakCode
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
from .timing import PeripheralTiming
from .vendor import BERTH, read_command


@dataclass(slots=True)
class Credentials:
    """The base key, and whether the install key SCBK-D opens a session too: only on the bench."""

    key: bytes = field(repr=False)
    allow_install_key: bool = False


class Peripheral:
    """Drive it like this: :meth:`receive` whatever the port has and handle its events; write what :meth:`next_output`
    returns, at once; wait for the port or for :meth:`next_deadline`. What happens between polls goes in by :meth:`tell`
    and :meth:`tell_vendor`, and by changing ``facts``. ``rejected`` counts what was not believed.
    """

    def __init__(
        self,
        address: int,
        facts: Facts,
        credentials: Credentials,
        timing: PeripheralTiming | None = None,
        *,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.address = address
        self.facts = facts
        self.credentials = credentials
        self.timing = timing or PeripheralTiming()
        self.decoder = FrameDecoder()
        self.outbox = Outbox(self.timing.resend_after, int.from_bytes(random(2), "little"))
        self.rejected: Counter[Rejection] = Counter()
        self._random = random
        self._guard = Guard.CLEAR
        self._session: Session | None = None
        self._keys: SessionKeys | None = None
        self._proof = b""
        self._sequence = 0
        self._last: tuple[Frame, bytes] | None = None
        self._reply: bytes | None = None
        self._heard_at = self._fed_at = float("-inf")
        self._out: list[Event] = []

    # --- what the controller program calls ----------------------------------------------------

    @property
    def is_online(self) -> bool:
        """Whether a secure session stands."""
        return self._guard is Guard.SECURE

    def tell(self, reply: Message) -> None:
        """Answer one of the next polls with this reply (RAW, KEYPAD, LSTATR, ISTATR …), once."""
        self.outbox.put_plain(reply)

    def tell_vendor(self, message: Message) -> int:
        """Answer polls with this vendor message until the panel acknowledges the number returned here."""
        return self.outbox.put_vendor(message)

    def withdraw_vendor(self, number: int) -> bool:
        """Stop repeating a vendor message that no longer matters; whether it was still waiting."""
        return self.outbox.acknowledge(number)

    # --- what the loop calls ------------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Bytes from the line, maybe none; also lets time pass."""
        if data:
            if now - self._fed_at > self.timing.quiet_gap:
                self.decoder.flush()  # what it still finds in there is too old to be answered
            self._fed_at = now
            for item in self.decoder.feed(data):
                if isinstance(item, Frame) and not item.is_reply and item.address in (self.address, BROADCAST):
                    self._take(item, now)
        if now >= self.next_deadline():
            self._drop(OfflineReason.SILENCE)
        out, self._out = self._out, []
        return out

    def next_output(self) -> bytes | None:
        """The reply to write now."""
        reply, self._reply = self._reply, None
        return reply

    def next_deadline(self) -> float:
        """When to call again although nothing arrives."""
        return self._heard_at + self.timing.offline_after if self._guard is not Guard.CLEAR else float("inf")

    # --- one command --------------------------------------------------------------------------

    def _take(self, frame: Frame, now: float) -> None:
        if self._last and frame == self._last[0] and frame.sequence:
            self._reply, self._heard_at = self._last[1], now
            return
        if frame.sequence == 0:
            self._drop(OfflineReason.SESSION_LOST)
        elif frame.sequence != self._sequence % 3 + 1:
            self._refuse(Rejection.SEQUENCE)
            self._reply = self._clear(frame, Nak(NakCode.SEQUENCE))
            return
        opened = self._open(frame)
        if opened is None:
            return
        self._heard_at, self._sequence = now, frame.sequence
        self.outbox.confirm()
        self._last = (frame, self._answer(opened, self._obey(opened, frame.security, now)))

    def _open(self, frame: Frame) -> Frame | None:
        """The frame in clear, or None when it was refused."""
        if self._session is None:
            if frame.security is None or frame.security.kind in (SCS_11, SCS_13):
                return frame
            self._refuse(Rejection.MAC)
            self._reply = self._clear(frame, Nak(NakCode.SECURITY_REQUIRED))
            return None
        if frame.security is None or frame.security.kind in (SCS_11, SCS_13):
            return self._open_clear(frame)
        try:
            return self._session.open(frame)
        except SecureChannelError:
            self._refuse(Rejection.MAC)
            self._out.append(events.Replayed(self.address))
            self._drop(OfflineReason.SESSION_LOST)
            self._reply = self._clear(frame, Nak(NakCode.SECURITY_REQUIRED))
            return None

    def _open_clear(self, frame: Frame) -> Frame | None:
        """In a session, clear text is refused and changes nothing, except that a new challenge starts over."""
        if frame.code == Challenge.code and frame.security:
            self._drop(OfflineReason.SESSION_LOST)
            return frame
        self._refuse(Rejection.CLEAR_TEXT)
        self._reply = self._clear(frame, Nak(NakCode.SECURITY_REQUIRED))
        return None

    def _obey(self, frame: Frame, security: SecurityBlock | None, now: float) -> Message:
        """The reply to a command that is what it claims to be."""
        try:
            command = COMMANDS.decode(frame.code, frame.data)
        except UnknownCode:
            return self._nak(Rejection.MESSAGE, NakCode.UNKNOWN_COMMAND, frame)
        except MessageError:
            return self._nak(Rejection.MESSAGE, NakCode.LENGTH, frame)
        allowed = ALLOWED[self._guard]
        if allowed is not None and type(command) not in allowed:
            return self._nak(Rejection.CLEAR_TEXT, NakCode.SECURITY_REQUIRED, frame)
        match command:
            case Challenge():
                return self._challenge(command, security)
            case ServerCryptogram():
                return self._prove(command, security)
            case Poll():
                return self.outbox.next(now) or Ack()
            case _ if type(command) in ANSWERS:
                return ANSWERS[type(command)](self.facts)
        return self._execute(command)

    def _execute(self, command: Message) -> Message:
        """Hand the command to the program and say what the standard wants to hear."""
        if isinstance(command, Manufacturer) and command.vendor == BERTH:
            return self._execute_vendor(command)
        self._out.append(events.CommandReceived(self.address, command))
        match command:
            case KeySet(key=key):
                self.credentials.key = key
                self._out.append(events.KeyChanged(self.address, key))
            case ComSet():
                return self._move(command)
            case commands.Out():
                return self.facts.outputs
        return Ack()

    def _move(self, command: ComSet) -> Com:
        """Take the new address at once and leave the baud rate to the program; keep what is impossible as it was."""
        if command.address < BROADCAST and command.baud in BAUD_RATES:
            self.address, self.facts.baud = command.address, command.baud
        return Com(self.address, self.facts.baud)

    def _execute_vendor(self, command: Manufacturer) -> Message:
        try:
            envelope = read_command(command)
        except MessageError:
            self._refuse(Rejection.MESSAGE)
            return Nak(NakCode.RECORD)
        if envelope.number and self.outbox.acknowledge(envelope.number):
            self._out.append(events.Acknowledged(self.address, envelope.number))
        self._out.append(events.VendorMessage(self.address, envelope.number, envelope.message))
        return Ack()

    # --- handshake ----------------------------------------------------------------------------

    def _challenge(self, command: Challenge, security: SecurityBlock | None) -> Message:
        if security is None or security.kind != SCS_11 or security.data not in (b"\x00", b"\x01"):
            return self._nak(Rejection.KEY, NakCode.SECURITY_UNSUPPORTED)
        install = security.data == b"\x00"
        if install and not self.credentials.allow_install_key:
            return self._nak(Rejection.KEY, NakCode.SECURITY_UNSUPPORTED)
        mine = self._random(8)
        self._keys = derive_session_keys(SCBK_D if install else self.credentials.key, command.random)
        self._proof = server_cryptogram(self._keys, command.random, mine)
        self._guard = Guard.CHALLENGED
        identity = self.facts.identity.encode()[:8]
        return ClientCryptogram(identity, mine, client_cryptogram(self._keys, command.random, mine))

    def _prove(self, command: ServerCryptogram, security: SecurityBlock | None) -> Message:
        keys = self._keys
        if self._guard is not Guard.CHALLENGED or keys is None or security is None or security.kind != SCS_13:
            return self._nak(Rejection.KEY, NakCode.SECURITY_UNSUPPORTED)
        self._guard = Guard.CLEAR
        if not same(command.cryptogram, self._proof):
            self._out.append(events.KeyMismatch(self.address))
            return self._nak(Rejection.KEY, NakCode.SECURITY_REQUIRED)
        self._guard = Guard.SECURE
        self._out.append(events.Online(self.address, self.facts.identity, self.facts.capabilities))
        return InitialMac(initial_mac(keys, command.cryptogram))

    # --- replying -----------------------------------------------------------------------------

    def _clear(self, frame: Frame, reply: Message, security: SecurityBlock | None = None) -> bytes:
        sealed = Frame(
            frame.address, frame.sequence, reply.code, reply.encode(),
            is_reply=True, security=security, use_crc=frame.use_crc,
        )  # fmt: skip
        return sealed.encode()

    def _answer(self, frame: Frame, reply: Message) -> bytes:
        """Encode the reply, protected as the session wants, and leave it for :meth:`next_output`."""
        plain = Frame(frame.address, frame.sequence, reply.code, reply.encode(), is_reply=True, use_crc=frame.use_crc)
        if self._session:
            wire = self._session.seal(plain).encode()
        elif isinstance(reply, ClientCryptogram):
            wire = self._clear(frame, reply, SecurityBlock(SCS_12, frame.security.data if frame.security else b"\x01"))
        elif isinstance(reply, InitialMac) and self._keys:
            wire = self._clear(frame, reply, SecurityBlock(SCS_14, b"\x01"))
            self._session = Session(self._keys, reply.mac)
        else:
            wire = plain.encode()
        self._reply = wire
        return wire

    def _nak(self, reason: Rejection, code: NakCode, frame: Frame | None = None) -> Nak:
        self._refuse(reason)
        return Nak(code, bytes((frame.code,)) if frame and code is NakCode.UNKNOWN_COMMAND else b"")

    def _refuse(self, reason: Rejection) -> None:
        self.rejected[reason] += 1
        self._out.append(events.Rejected(self.address, reason))

    def _drop(self, reason: OfflineReason) -> None:
        """End the session; what the panel may not have seen is kept for the next."""
        if self._guard is Guard.SECURE:
            self._out.append(events.Offline(self.address, reason))
        self._guard, self._session, self._keys, self._last, self._sequence = Guard.CLEAR, None, None, None, 0
        self.outbox.session_ended()
