"""What a person does at the booth page: each deed is an event with their name, written before it happens."""

from __future__ import annotations

from dataclasses import dataclass

from berth.kernel.ids import uuid7
from hardware.event_kinds import EventKind
from hardware.lotserver import calls
from hardware.lotserver.booth import gate_watch
from hardware.lotserver.calls import Person
from hardware.lotserver.config import ServerConfig
from hardware.lotserver.orders import Orders
from hardware.lotserver.store import Store

REASON_LENGTH = 200
NOTE_LENGTH = 500


class Refused(Exception):
    """``reason`` is a key of the booth's texts."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Deeds:
    """May be used from every thread. All raise Refused for what cannot be done, sqlite3.Error where nothing is kept."""

    store: Store
    orders: Orders
    config: ServerConfig

    def take_call(self, by: Person, call: str) -> None:
        try:
            calls.take(self.store, call, by)
        except calls.CallRefused as refusal:
            raise Refused(f"call_{refusal.reason}") from refusal

    def resolve_call(self, by: Person, call: str, note: str) -> None:
        try:
            calls.resolve(self.store, call, by, _said(note, NOTE_LENGTH, "note"))
        except calls.CallRefused as refusal:
            raise Refused(f"call_{refusal.reason}") from refusal

    def move_lock(self, by: Person, kind: str, spot: str, reason: str) -> str:
        """``kind`` is unlock or raise; the order's id."""
        if kind not in ("unlock", "raise") or spot not in locks_of(self.config):
            raise Refused("unknown")
        return self._order(by, kind, reason, spot=spot)

    def open_gate(self, by: Person, gate: str, reason: str) -> str:
        if gate not in {item.code for item in self.config.gates}:
            raise Refused("unknown")
        return self._order(by, "open_gate", reason, gate=gate)

    def let_in(self, by: Person, reading: int) -> str:
        """It is the expected car, though its plate was read a little otherwise. Once for a reading."""
        car = next((car for car in gate_watch.waiting(self.store) if car.sequence == reading and car.expected), None)
        if car is None:
            raise Refused("gone")
        return self._order(by, "open_gate", f"{car.plate} → {'/'.join(car.expected)}", gate=car.gate)

    def signed_in(self, by: Person) -> None:
        with self.store.writing(urgent=True) as write:
            write.event(EventKind.STAFF_SIGNED_IN, self.store.now(), member=by.member, name=by.name)

    def recover(self) -> None:
        """Orders that were told and then not given, because the lot server ended: they are failed."""
        with self.store.writing(urgent=True) as write:
            for (command,) in self.store.rows(_UNANSWERED):
                write.event(
                    EventKind.COMMAND_RESULT, self.store.now(), command=command, outcome="failed", detail="restarted"
                )

    def _order(self, by: Person, kind: str, reason: str, *, spot: str = "", gate: str = "") -> str:
        said, now, command = _said(reason, REASON_LENGTH, "reason"), self.store.now(), str(uuid7())
        with self.store.writing(urgent=True) as write:
            write.event(
                EventKind.STAFF_ORDER,
                now,
                command=command,
                deed=kind,
                spot=spot,
                gate=gate,
                member=by.member,
                name=by.name,
                reason=said,
            )
        given = {"id": command, "kind": kind, "spot": spot, "gate": gate, "by": by.name, "reason": said}
        self.orders.take({**given, "grant": None, "issued_at": int(now)})
        return command


_UNANSWERED = """
SELECT json_extract(payload, '$.command') AS command FROM outbox WHERE kind = 'staff_order'
EXCEPT SELECT json_extract(payload, '$.command') FROM outbox WHERE kind = 'command_result'
"""


def locks_of(config: ServerConfig) -> list[str]:
    """Spots that have a lock here, by code."""
    return sorted(spot for line in config.lines for controller in line.controllers for spot in controller.locks)


def _said(text: str, longest: int, name: str) -> str:
    said = " ".join(text.split())
    if not said:
        raise Refused(f"{name}_missing")
    if len(said) > longest:
        raise Refused(f"{name}_long")
    return said
