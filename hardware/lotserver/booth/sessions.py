"""Who is signed in at the booth page. In memory: after a restart of the lot server people sign in again."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from berth.kernel.pins import check_pin
from hardware.lotserver.booth import staff
from hardware.lotserver.feed import StaffMember
from hardware.lotserver.store import Store

LASTS = 12 * 3600.0
"""Seconds: a shift."""
MOST_SESSIONS = 64
WRONG_PER_PERSON, WRONG_PER_ADDRESS = 5, 20
WRONG_WITHIN = 15 * 60.0
"""Seconds in which so many wrong PINs lock a person, or an address, out."""


@dataclass(frozen=True, slots=True)
class Session:
    member: int
    form_key: str
    """Every form of the session carries it: no other site knows it."""
    until: float


class TooManyTries(Exception):
    """Wrong PINs: not even the right one is taken for a while."""


@dataclass(slots=True)
class Tries:
    """When each key went wrong lately."""

    limit: int
    clock: Callable[[], float]
    wrong: dict[str, deque[float]] = field(default_factory=dict)

    def check(self, key: str) -> None:
        lately = self.wrong.get(key)
        while lately and self.clock() - lately[0] > WRONG_WITHIN:
            lately.popleft()
        if lately and len(lately) >= self.limit:
            raise TooManyTries

    def count(self, key: str) -> None:
        if len(self.wrong) > 1000:
            self.wrong = {k: v for k, v in self.wrong.items() if v and self.clock() - v[-1] <= WRONG_WITHIN}
        self.wrong.setdefault(key, deque(maxlen=self.limit)).append(self.clock())


class Sessions:
    """For every thread."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._people = Tries(WRONG_PER_PERSON, clock)
        self._addresses = Tries(WRONG_PER_ADDRESS, clock)
        self._guard = threading.Lock()

    def sign_in(self, member: int, pin: str, address: str) -> tuple[str, StaffMember] | None:
        """The secret for the cookie; None for a wrong PIN. One try at a time: a hash costs time and memory."""
        with self._guard:
            self._people.check(str(member))
            self._addresses.check(address)
            person = staff.member(self._store, member)
            if person is None or not check_pin(pin, person.pin):
                self._people.count(str(member))
                self._addresses.count(address)
                return None
            now = self._clock()
            self._sessions = {key: item for key, item in self._sessions.items() if item.until > now}
            while len(self._sessions) >= MOST_SESSIONS:
                self._sessions.pop(next(iter(self._sessions)))
            secret = secrets.token_urlsafe(32)
            self._sessions[_name(secret)] = Session(member, secrets.token_urlsafe(16), now + LASTS)
            return secret, person

    def of(self, secret: str) -> tuple[Session, StaffMember] | None:
        """The session and its person, who must still be on the staff list."""
        session = self._sessions.get(_name(secret)) if secret else None
        if session is None or session.until <= self._clock():
            return None
        person = staff.member(self._store, session.member)
        return (session, person) if person else None

    def sign_out(self, secret: str) -> None:
        with self._guard:
            self._sessions.pop(_name(secret), None)


def same(one: str, other: str) -> bool:
    """Compared in equal time; empty is never the same."""
    return bool(one) and hmac.compare_digest(one.encode(), other.encode())


def _name(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
