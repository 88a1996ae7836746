"""A lot event as a sentence for people at the desk, for each hardware.event_kinds.EventKind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from berth.kernel.plates import display
from hardware.event_kinds import EventKind
from hardware.models import EmergencyCall, LockCommand, SpotLock

Payload = Mapping[str, Any]


class Said(NamedTuple):
    text: str
    icon: str
    tone: str = ""
    """green, amber, red or nothing in particular."""


def sentence(kind: str, payload: Payload) -> Said:
    """What is said of an event. Unknown kinds and missing facts are said plainly, never an error."""
    say = _SENTENCES.get(kind)
    return say(_Facts(payload)) if say else Said(_("Unknown event “%(kind)s”") % {"kind": kind}, "info")


class _Facts:
    """A payload for sentences: what is missing or null reads as “?”."""

    def __init__(self, payload: Payload) -> None:
        self._payload = payload

    def __getitem__(self, name: str) -> str:
        value = self._payload.get(name)
        if value is None or value == "":
            return "?"
        return display(str(value)) if name == "plate" else str(value)

    def has(self, name: str) -> bool:
        return bool(self._payload.get(name))


def _plate_read(facts: _Facts) -> Said:
    leaving = facts["direction"] == "exit"
    match facts["match"]:
        case "exact":
            text = (
                _("%(plate)s recognised at %(gate)s, leaving")
                if leaving
                else _("%(plate)s recognised at %(gate)s, expected")
            )
            return Said(text % facts, "plate", "green")
        case "near":
            return Said(
                _("%(plate)s read at %(gate)s: close to an expected plate, please check") % facts, "plate", "amber"
            )
    return Said(_("%(plate)s read at %(gate)s: not expected") % facts, "plate", "amber")


def _card_issued(facts: _Facts) -> Said:
    return Said(_("Card %(card)s handed out at %(gate)s") % facts, "card")


def _entered(facts: _Facts) -> Said:
    return Said(_("%(plate)s drove in through %(gate)s") % facts, "car", "green")


def _swipe(facts: _Facts) -> Said:
    match facts["verdict"]:
        case "open":
            return Said(_("Card accepted at %(controller)s, spot %(spot)s opens") % facts, "swipe", "green")
        case "elsewhere":
            return Said(_("Card swiped at %(controller)s, directed to spot %(spot)s") % facts, "swipe", "amber")
    return Said(_("Card refused at %(controller)s: %(reason)s") % facts, "swipe", "red")


def _lock(facts: _Facts) -> Said:
    icon = "lock-open" if facts["acknowledged"] == SpotLock.Position.LOWERED else "lock-closed"
    match facts["acknowledged"]:
        case SpotLock.Position.RAISED:
            said = Said(_("Lock %(spot)s closed") % facts, icon)
        case SpotLock.Position.LOWERED:
            text = (
                _("Lock %(spot)s open, a car stands there") if facts.has("vehicle_present") else _("Lock %(spot)s open")
            )
            said = Said(text % facts, icon)
        case SpotLock.Position.MOVING:
            said = Said(_("Lock %(spot)s moving") % facts, icon)
        case SpotLock.Position.JAMMED:
            said = Said(_("Lock %(spot)s is jammed") % facts, "alert", "red")
        case SpotLock.Position.OFFLINE:
            said = Said(_("Lock %(spot)s does not answer") % facts, "offline", "red")
        case _:
            said = Said(_("Lock %(spot)s: position unknown") % facts, icon, "amber")
    for fact, text in (
        ("unexpected", _("%(sentence)s; nobody let the vehicle on that stands there")),
        ("battery_low", _("%(sentence)s; its battery is low")),
        ("drifting", _("%(sentence)s; it is wearing out")),
    ):
        if facts.has(fact):
            said = Said(text % {"sentence": said.text}, said.icon, said.tone or "amber")
    return said


def _tested(facts: _Facts) -> Said:
    if facts["outcome"] == "passed":
        moved, asked = _("Lock %(spot)s tested: well"), _("Lock %(spot)s tested: it answers well")
        return Said((moved if facts["how"] == "moved" else asked) % facts, "check")
    return Said(_("Lock %(spot)s failed its test") % facts, "alert", "red")


def _unlock(facts: _Facts) -> Said:
    if facts["outcome"] == "opened":
        return Said(_("Lock %(spot)s opened by %(controller)s") % facts, "lock-open", "green")
    return Said(_("Lock %(spot)s did not open after %(tries)s tries") % facts, "alert", "red")


def _left(facts: _Facts) -> Said:
    return Said(_("%(plate)s drove out through %(gate)s") % facts, "car")


def _collected(facts: _Facts) -> Said:
    return Said(_("Card %(card)s taken back at %(gate)s") % facts, "card")


def _irregular(facts: _Facts) -> Said:
    texts = {
        "tailgated": _("%(plate)s followed another car through %(gate)s on one opening"),
        "exit_without_entry": _("%(plate)s wants out at %(gate)s, but was not seen coming in"),
        "entry_without_exit": _("%(plate)s is at %(gate)s, but is on record as inside: please check"),
    }
    text = texts.get(facts["what"], _("%(plate)s at %(gate)s: something is not as it should be"))
    return Said(text % facts, "alert", "red")


def _voided(facts: _Facts) -> Said:
    return Said(_("Card %(card)s was not given back at %(gate)s: it is void") % facts, "card", "amber")


def _stock(facts: _Facts) -> Said:
    match facts["level"]:
        case "empty":
            return Said(_("No cards left at %(gate)s") % facts, "card", "red")
        case "few":
            return Said(_("Few cards left at %(gate)s") % facts, "card", "amber")
    return Said(_("Enough cards at %(gate)s") % facts, "card")


def _emergency(facts: _Facts) -> Said:
    reason = facts["reason"]
    labels = dict(EmergencyCall.Reason.choices)
    place = facts["spot"] if facts.has("spot") else facts["controller"] if facts.has("controller") else facts["gate"]
    text = _("Emergency call from %(place)s: %(reason)s") % {"place": place, "reason": labels.get(reason, reason)}
    return Said(text, "emergency", "red")


def _call_taken(facts: _Facts) -> Said:
    return Said(_("%(name)s takes the call, in the booth") % facts, "shield", "amber")


def _call_resolved(facts: _Facts) -> Said:
    return Said(_("Call resolved in the booth by %(name)s: %(note)s") % facts, "check", "green")


def _staff_order(facts: _Facts) -> Said:
    named = {"kind": dict(LockCommand.Kind.choices).get(facts["deed"], facts["deed"]), "name": facts["name"]}
    named |= {"place": facts["spot"] if facts.has("spot") else facts["gate"], "reason": facts["reason"]}
    return Said(_("Booth, %(name)s: %(kind)s %(place)s (%(reason)s)") % named, "shield", "amber")


def _signed_in(facts: _Facts) -> Said:
    return Said(_("%(name)s signed in at the booth page") % facts, "shield")


def _missing(facts: _Facts) -> Said:
    return Said(_("Messages %(first)s to %(last)s of the lot are lost") % facts, "alert", "red")


def _controller(facts: _Facts) -> Said:
    if facts.has("online"):
        return Said(_("Controller %(controller)s is online") % facts, "controller", "green")
    named = {
        "wrong_key": _("Controller %(controller)s does not hold this lot's key: exchanged or set up anew?"),
        "clear_text": _("Controller %(controller)s refuses encryption and is not used: is it another device?"),
        "address_clash": _("Controller %(controller)s is garbled: two devices may share its address"),
    }
    offline = _("Controller %(controller)s is offline: %(reason)s")
    return Said(named.get(facts["reason"], offline) % facts, "offline", "red")


def _command(facts: _Facts) -> Said:
    """``order`` (what, where, by whom) is added by operations.queries.feed: the lot tells the order's id only."""
    named = {"order": facts["order"] if facts.has("order") else _("Order from the desk"), "detail": facts["detail"]}
    match facts["outcome"]:
        case "done":
            return Said(_("%(order)s: done") % named, "check", "green")
        case "refused":
            return Said(_("%(order)s: refused, %(detail)s") % named, "x", "amber")
    return Said(_("%(order)s: failed, %(detail)s") % named, "x", "red")


def _rejected(facts: _Facts) -> Said:
    if facts["source"] == "osdp" and facts["reason"] in ("mac", "clear_text"):
        attacks = {
            "mac": _("A replayed or forged message in the name of controller %(detail)s was rejected"),
            "clear_text": _("An unencrypted message in the name of controller %(detail)s was rejected"),
        }
        return Said(attacks[facts["reason"]] % facts, "shield", "amber")
    sources = {
        "camera": _("A camera message was rejected: %(reason)s"),
        "card": _("A card was rejected: %(reason)s"),
        "osdp": _("A controller message was rejected: %(reason)s"),
        "grants": _("A grant message was rejected: %(reason)s"),
        "command": _("An order was rejected: %(reason)s"),
        "clock": _("The lot's clock was found wrong: %(reason)s %(detail)s"),
        "store": _("The lot's memory was found damaged and begun anew: %(detail)s"),
        "booth": _("Refused at the booth page: %(reason)s"),
    }
    return Said(sources.get(facts["source"], _("Something was rejected: %(reason)s")) % facts, "shield", "amber")


_SENTENCES: dict[str, Callable[[_Facts], Said]] = {
    EventKind.PLATE_READ: _plate_read,
    EventKind.CARD_ISSUED: _card_issued,
    EventKind.VEHICLE_ENTERED: _entered,
    EventKind.SWIPE_JUDGED: _swipe,
    EventKind.LOCK_CHANGED: _lock,
    EventKind.LOCK_TESTED: _tested,
    EventKind.UNLOCK_RESULT: _unlock,
    EventKind.VEHICLE_LEFT: _left,
    EventKind.CARD_COLLECTED: _collected,
    EventKind.EMERGENCY_RAISED: _emergency,
    EventKind.CALL_TAKEN: _call_taken,
    EventKind.CALL_RESOLVED: _call_resolved,
    EventKind.STAFF_ORDER: _staff_order,
    EventKind.STAFF_SIGNED_IN: _signed_in,
    EventKind.MISSING: _missing,
    EventKind.CONTROLLER_CHANGED: _controller,
    EventKind.COMMAND_RESULT: _command,
    EventKind.CARD_VOIDED: _voided,
    EventKind.CARD_STOCK: _stock,
    EventKind.PASSAGE_IRREGULAR: _irregular,
    EventKind.REJECTED: _rejected,
}
