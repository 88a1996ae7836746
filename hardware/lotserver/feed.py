"""What the platform says of grants: believed only if it signed it now, for this lot, and knows no less than before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from berth.kernel.signatures import verify
from hardware.lotserver.records import StoredGrant


class GrantsRejected(Exception):
    """What came is not believed. ``reason`` is one of: form, signature, lot, replay, rollback, gap."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Known:
    """What the lot has: a change of ``epoch`` makes ``revision`` and ``horizon`` begin anew (0)."""

    epoch: int = 0
    revision: int = 0
    horizon: int = 0


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Who may work at the booth page. ``pin`` is a hash (hardware.lotserver.booth.pins), empty where none is set."""

    member: int
    name: str
    language: str
    pin: str


@dataclass(frozen=True, slots=True)
class CallState:
    """A call for help as the platform has it: acknowledged or resolved, and by whom."""

    id: str
    state: str
    by: str


@dataclass(frozen=True, slots=True)
class VoidCard:
    """A card that was lost or revoked: ``issue`` and older ones open nothing."""

    uid: str
    issue: int


@dataclass(frozen=True, slots=True)
class Feed:
    """A payload that is believed. ``later``: grants that now begin beyond the horizon. Times in Unix seconds."""

    epoch: int
    revision: int
    issued_at: int
    since: int
    horizon: int
    grants: tuple[StoredGrant, ...]
    later: tuple[str, ...]
    staff: tuple[StaffMember, ...]
    calls: tuple[CallState, ...]
    void_cards: tuple[VoidCard, ...] = ()


def check(answer: dict[str, Any], *, lot: str, public_key: str, known: Known, nonce: str) -> Feed:
    """The payload, if the platform signed it for this lot, in answer to this ``nonce``, and knows all that we do."""
    payload, signature = answer.get("payload"), answer.get("signature")
    if not isinstance(payload, str) or not isinstance(signature, str):
        raise GrantsRejected("form")
    if not verify(public_key, payload.encode(), signature):
        raise GrantsRejected("signature")
    try:
        content: dict[str, Any] = json.loads(payload)
        feed = _feed(content)
        of, asked = content["lot"], content["nonce"]
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise GrantsRejected("form") from error
    if of != lot:
        raise GrantsRejected("lot")
    if asked != nonce:
        raise GrantsRejected("replay")
    if (feed.epoch, feed.revision) < (known.epoch, known.revision):
        raise GrantsRejected("rollback")
    if feed.since > (known.revision if feed.epoch == known.epoch else 0):
        raise GrantsRejected("gap")  # an answer to somebody who knew more: what lies between would be missed
    return feed


def _feed(content: dict[str, Any]) -> Feed:
    return Feed(
        epoch=_whole(content["epoch"]),
        revision=_whole(content["revision"]),
        issued_at=_whole(content["issued_at"]),
        since=_whole(content["since"]),
        horizon=_whole(content["horizon"]),
        grants=tuple(stored(raw) for raw in content["grants"]),
        later=tuple(_text(item) for item in _list(content["later"])),
        staff=tuple(_staff(raw) for raw in content["staff"]),
        calls=tuple(
            CallState(_text(raw["id"]), _text(raw["state"]), _text(raw["by"])) for raw in _list(content["calls"])
        ),
        void_cards=tuple(
            VoidCard(_text(raw["uid"]), _whole(raw["issue"])) for raw in _list(content.get("void_cards", []))
        ),
    )


def stored(raw: dict[str, Any]) -> StoredGrant:
    """Raises KeyError, TypeError or ValueError for what is no grant."""
    return StoredGrant(
        id=_text(raw["id"]),
        revision=_whole(raw["revision"]),
        active=_text(raw["state"]) == "active",
        spot=_text(raw["spot"]),
        plates=tuple(_text(plate) for plate in _list(raw["plates"])),
        member=_whole(raw["member"]),
        language=_text(raw["language"]),
        valid_from=_whole(raw["valid_from"]),
        valid_until=_whole(raw["valid_until"]),
        name=_text(raw["name"]),
    )


def _staff(raw: dict[str, Any]) -> StaffMember:
    return StaffMember(_whole(raw["member"]), _text(raw["name"]), _text(raw["language"]), _text(raw["pin"]))


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("a list is expected")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise TypeError("a whole number is expected")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text is expected")
    return value
