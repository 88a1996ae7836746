"""Which address of the booth page is what: looking at one thing, and doing something about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from hardware.lotserver.booth.deeds import Refused, locks_of
from hardware.lotserver.booth.pages import Pages
from hardware.lotserver.calls import Person, call_of

if TYPE_CHECKING:
    from hardware.lotserver.booth.server import BoothServer


class NotHere(Exception):
    """There is no such page."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Where to go next, or the page again with what was wrong."""

    to: str = "/"
    page: str = ""


def look(path: str, booth: BoothServer, pages: Pages, message: str = "") -> str:
    """The page of a call, a spot or a gate. Raises NotHere."""
    match _parts(path):
        case ["calls", call_id] if call := call_of(booth.store, call_id):
            return pages.call(call, message)
        case ["spots", spot] if spot in locks_of(booth.config):
            return pages.spot(booth.store.lock(spot), message)
        case ["gates", code]:
            for gate in booth.config.gates:
                if gate.code == code:
                    return pages.gate(gate.code, gate.direction, message)
    raise NotHere


def act(path: str, fields: dict[str, str], booth: BoothServer, pages: Pages, by: Person) -> Answer:
    """Do what a form asks for. Raises NotHere, or sqlite3.Error where it cannot be recorded: then it is not done."""
    try:
        return Answer(_do(path, fields, booth, by))
    except Refused as refusal:
        try:
            return Answer(page=look(path, booth, pages, refusal.reason))
        except NotHere:
            return Answer(page=pages.page("", refusal.reason))


def _do(path: str, fields: dict[str, str], booth: BoothServer, by: Person) -> str:
    """Where to go afterwards."""
    deeds = booth.deeds
    match _parts(path):
        case ["calls", call_id, "take"]:
            deeds.take_call(by, call_id)
            return f"/calls/{call_id}"
        case ["calls", call_id]:
            deeds.resolve_call(by, call_id, fields.get("note", ""))
        case ["spots", spot]:
            deeds.move_lock(by, fields.get("kind", ""), spot, fields.get("reason", ""))
        case ["gates", code]:
            deeds.open_gate(by, code, fields.get("reason", ""))
        case ["plates", number, "let-in"] if number.isascii() and number.isdigit() and len(number) < 19:
            deeds.let_in(by, int(number))
        case _:
            raise NotHere
    return "/"


def _parts(path: str) -> list[str]:
    return [unquote(part) for part in path.split("/") if part]
