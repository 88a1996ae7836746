"""Calls for help as the lot itself keeps them: told to the platform, and shown in the booth also without it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from hardware.event_kinds import EventKind
from hardware.lotserver.feed import CallState
from hardware.lotserver.store import Store, Write

KEPT = 48 * 3600
"""Seconds for which a resolved call is kept here."""
RAISED, TAKEN, RESOLVED = "raised", "acknowledged", "resolved"
_ORDER = (RAISED, TAKEN, RESOLVED)


class CallRefused(Exception):
    """``reason``: taken (by somebody else), not_taken (it must be taken first), unknown."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Call:
    """``place`` is a controller's or a gate's code; ``taken_by`` a name; times in Unix seconds."""

    id: str
    raised_at: int
    reason: str
    place: str
    spot: str | None
    grant_id: str | None
    state: str
    taken_by: str
    note: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts at the booth: the platform's number and name of the member."""

    member: int
    name: str


def call_for_help(
    write: Write,
    now: float,
    reason: str,
    *,
    controller: str | None = None,
    gate: str | None = None,
    spot: str | None = None,
    grant: str | None = None,
) -> str:
    """Somebody needs help (EmergencyCall.Reason values): shown here at once, and told. The call's id."""
    call = str(uuid.uuid4())
    write.run(
        "INSERT INTO call (id, raised_at, reason, place, spot, grant_id, state) VALUES (?, ?, ?, ?, ?, ?, ?)",
        *(call, int(now), reason, controller or gate or "", spot, grant, RAISED),
    )
    write.event(
        EventKind.EMERGENCY_RAISED,
        now,
        call=call,
        controller=controller,
        gate=gate,
        reason=reason,
        spot=spot,
        grant=grant,
    )
    return call


def open_calls(store: Store) -> list[Call]:
    """Those that nobody took first, then the oldest."""
    rows = store.rows("SELECT * FROM call WHERE state <> 'resolved' ORDER BY state = 'acknowledged', raised_at, id")
    return [Call(*row) for row in rows]


def call_of(store: Store, call_id: str) -> Call | None:
    rows = store.rows("SELECT * FROM call WHERE id = ?", call_id)
    return Call(*rows[0]) if rows else None


def take(store: Store, call_id: str, by: Person) -> None:
    """Whoever is first has it; taking one's own again changes nothing. Raises CallRefused."""
    with store.writing(urgent=True) as write:
        call = _known(store, call_id)
        if call.state != RAISED:
            if call.state == TAKEN and call.taken_by == by.name:
                return
            raise CallRefused("taken")
        write.run("UPDATE call SET state = 'acknowledged', taken_by = ? WHERE id = ?", by.name, call_id)
        _tell(write, EventKind.CALL_TAKEN, store.now(), call, by)


def resolve(store: Store, call_id: str, by: Person, note: str) -> None:
    """Help was given. Twice changes nothing. Raises CallRefused for one that nobody has taken."""
    with store.writing(urgent=True) as write:
        call = _known(store, call_id)
        if call.state == RESOLVED:
            return
        if call.state != TAKEN:
            raise CallRefused("not_taken")
        write.run("UPDATE call SET state = 'resolved', note = ? WHERE id = ?", note, call_id)
        _tell(write, EventKind.CALL_RESOLVED, store.now(), call, by, note=note)


def follow_platform(store: Store, write: Write, told: Iterable[CallState]) -> bool:
    """What was done at the platform's desk; a call never goes back. Whether anything changed."""
    changed = 0
    for item in told:
        if item.state in _ORDER:
            earlier = _ORDER[: _ORDER.index(item.state)]
            marks = ", ".join("?" * len(earlier))
            changed += write.run(
                f"UPDATE call SET state = ?, taken_by = CASE taken_by WHEN '' THEN ? ELSE taken_by END"  # noqa: S608
                f" WHERE id = ? AND state IN ({marks})",
                *(item.state, item.by, item.id, *earlier),
            )
    return changed > 0


def forget_old(write: Write, now: float) -> None:
    write.run("DELETE FROM call WHERE state = 'resolved' AND raised_at < ?", int(now) - KEPT)


def _known(store: Store, call_id: str) -> Call:
    call = call_of(store, call_id)
    if call is None:
        raise CallRefused("unknown")
    return call


def _tell(write: Write, kind: EventKind, now: float, call: Call, by: Person, **more: str) -> None:
    write.event(kind, now, call=call.id, grant=call.grant_id, member=by.member, name=by.name, **more)
