"""Evidence in words, for the renter's page and for the timeline that both sides read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from berth.design.money_words import money_text
from berth.kernel.money import Money
from berth.kernel.plates import display
from hardware.models import LockCommand
from hardware.models.event import RESULTS
from lots.models import Gate
from trading.models import Evidence

Kind = Evidence.Kind
_LOOKS = {
    Kind.HELD: ("clock", ""),
    Kind.PAID: ("wallet", ""),
    Kind.CONFIRMED: ("check", "green"),
    Kind.PLATE_SET: ("plate", ""),
    Kind.GRANTED: ("gate", ""),
    Kind.PLATE_READ: ("camera", ""),
    Kind.CARD_ISSUED: ("card", ""),
    Kind.ENTERED: ("car", "green"),
    Kind.SWIPED: ("swipe", ""),
    Kind.LOCK_OPENED: ("lock-open", "green"),
    Kind.LOCK_FAILED: ("alert", "red"),
    Kind.LOCK_RAISED: ("lock-closed", ""),
    Kind.EMERGENCY: ("emergency", "red"),
    Kind.HELP_TAKEN: ("shield", "amber"),
    Kind.HELP_RESOLVED: ("check", "green"),
    Kind.OVERRIDE: ("shield", "amber"),
    Kind.PHONE_KEY: ("phone", ""),
    Kind.LEFT: ("car", "green"),
    Kind.CARD_COLLECTED: ("card", ""),
    Kind.SETTLED: ("coins", ""),
    Kind.CANCELLED: ("x", "amber"),
    Kind.EXPIRED: ("clock", "amber"),
    Kind.REFUNDED: ("wallet", ""),
    Kind.NOT_USED: ("info", "amber"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """What ``{% timeline %}`` takes."""

    title: str
    at: datetime
    text: str
    icon: str
    tone: str
    digest: str


def events_of(lines: Iterable[Evidence], gates: Iterable[Gate]) -> list[Event]:
    """In the order in which things happened; a repeated passage through the lot's radio silence stays in place.

    ``gates``: those of the lot, which people know by their names.
    """
    names = {gate.code: gate.name for gate in gates}
    return [_event(line, names) for line in sorted(lines, key=lambda line: (line.occurred_at, line.position))]


def _event(line: Evidence, gate_names: Mapping[str, str]) -> Event:
    icon, tone = _LOOKS[Kind(line.kind)]
    gate = line.payload.get("gate")
    said = {**line.payload, "gate": gate_names.get(str(gate), gate)}
    return Event(capfirst(line.get_kind_display()), line.occurred_at, _text(line.kind, said), icon, tone, line.digest)


def _text(kind: str, said: dict[str, Any]) -> str:
    """The detail that matters of a payload."""
    if "amount_minor" in said:
        return money_text(Money(int(said["amount_minor"]), str(said.get("currency", "CNY"))))
    if kind in (Kind.PLATE_SET, Kind.GRANTED):
        return display(str(said.get("plate", "")))
    if kind in (Kind.PLATE_READ, Kind.ENTERED, Kind.LEFT):
        return _joined(display(str(said.get("plate") or "")), said.get("gate"))
    if kind == Kind.SWIPED:
        return _joined(_("controller %(code)s") % {"code": said.get("controller", "")}, _verdict(said))
    if kind == Kind.PHONE_KEY:
        return _joined(_phone_words(said))
    if kind in (Kind.OVERRIDE, Kind.HELP_TAKEN, Kind.HELP_RESOLVED):
        return _joined(said.get("by"), said.get("reason"))
    return _joined(said.get("spot"), said.get("gate"), _card(said))


def _verdict(said: dict[str, Any]) -> str:
    known = {"open": _("accepted"), "elsewhere": _("shown the way to the right one"), "denied": _("not accepted")}
    return known.get(str(said.get("verdict")), "")


def _card(said: dict[str, Any]) -> str:
    return _("card %(code)s") % {"code": said["card"]} if said.get("card") else ""


def _joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)


def _phone_words(said: dict[str, Any]) -> str:
    """What has become of the tap."""
    states = dict(LockCommand.State.choices)
    state = str(states.get(str(said.get("state")), said.get("state", "")))
    result = str(said.get("result") or "")
    return f"{state}, {RESULTS.get(result, result)}" if result else state
