"""Kinds of lot events and what their payloads carry. Free of Django: lot servers write them, the platform reads them.

Every payload is a flat JSON object of strings, integers, booleans and null. Where an event concerns a grant, the
payload has ``grant`` (its id). ``spot``, ``gate`` and ``controller`` are codes, ``card`` is a chip UID in hex.
"""

from __future__ import annotations

from enum import StrEnum


class EventKind(StrEnum):
    PLATE_READ = "plate_read"
    """gate, plate, confidence (0–100), direction, match: exact | near | none, grant | null, camera_event."""
    CARD_ISSUED = "card_issued"
    """grant, card, issue, gate."""
    VEHICLE_ENTERED = "vehicle_entered"
    """grant, plate, gate, card: the barrier was opened for it."""
    SWIPE_JUDGED = "swipe_judged"
    """controller, request, verdict: open | elsewhere | denied, reason, card | null, grant | null, spot | null."""
    LOCK_CHANGED = "lock_changed"
    """spot, controller, commanded, acknowledged (SpotLock.Position), vehicle_present, battery_low, grant | null;
    drifting: it needs longer and longer, or several tries; unexpected: a vehicle stands there that nobody let on."""
    LOCK_TESTED = "lock_tested"
    """spot, controller, outcome: passed | failed, how: moved | status, took_ms (0: not moved), tries."""
    UNLOCK_RESULT = "unlock_result"
    """spot, controller, grant | null, command | null, outcome: opened | failed, tries."""
    VEHICLE_LEFT = "vehicle_left"
    """grant, plate, gate: the barrier was opened for it at an exit."""
    CARD_COLLECTED = "card_collected"
    """grant | null, card, gate: taken back and revoked."""
    EMERGENCY_RAISED = "emergency_raised"
    """call (UUID), controller | null, gate | null, reason: EmergencyCall.Reason values, spot | null, grant | null."""
    CALL_TAKEN = "call_taken"
    """call, grant | null, member, name: somebody in the booth has taken the call."""
    CALL_RESOLVED = "call_resolved"
    """call, grant | null, member, name, note: help was given."""
    STAFF_ORDER = "staff_order"
    """command (LockCommand id), deed (its kind), spot, gate, member, name, reason: its result follows."""
    STAFF_SIGNED_IN = "staff_signed_in"
    """member, name: at the booth page."""
    CONTROLLER_CHANGED = "controller_changed"
    """controller, online, reason."""
    COMMAND_RESULT = "command_result"
    """command (LockCommand id), outcome: done | failed | refused, detail."""
    CARD_VOIDED = "card_voided"
    """grant, card, gate: its car is out, and the card was not given back."""
    CARD_STOCK = "card_stock"
    """gate, level: empty | few | enough, bin_full: what the card machine says, when that changes."""
    PASSAGE_IRREGULAR = "passage_irregular"
    """gate, direction, what: tailgated (a second car on one opening) | exit_without_entry | entry_without_exit (the
    record says that it is inside), plate | null, grant | null."""
    REJECTED = "rejected"
    """source: camera | card | osdp | grants | command | clock | store | booth, reason, detail: refused or wrong."""
    MISSING = "missing"
    """first, last: sequences that the platform lost and the lot no longer has. Written by the platform."""
    HEARTBEAT = "heartbeat"
    """Not stored as an event: version, grants_revision (sent in the envelope)."""
