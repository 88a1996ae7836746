"""Runs one verb again and again in child processes that are killed at the 1st, 2nd, 3rd … point of their work.

``python -m tests.trading.dying_process <verb> <JSON arguments>``. A point is before each statement that writes, before
each commit and after it. Prints a JSON line per child: whether it was killed, and what the database says afterwards.
Ends with the first child that came to its end. Forking from one warm process keeps thirty deaths under a few seconds.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import uuid
from collections.abc import Callable
from typing import Any

import django

MOST_POINTS = 120


def main() -> None:
    verb, arguments = sys.argv[1], json.loads(sys.argv[2])
    django.setup()
    act = VERBS[verb]
    for point in range(1, MOST_POINTS):
        child = os.fork()
        if child == 0:
            _die_at(point)
            act(arguments)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print(json.dumps({"killed": killed, "code": status, "found": _snapshot()}), flush=True)
        if not killed:
            return


def _die_at(point: int) -> None:
    from django.db import connection

    passed = 0

    def step() -> None:
        nonlocal passed
        passed += 1
        if passed == point:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            step()
        return execute(sql, params, many, context)

    commit = connection.commit

    def watched_commit() -> None:
        step()
        commit()
        step()

    connection.execute_wrappers.append(watch)
    connection.commit = watched_commit


def _snapshot() -> dict[str, Any]:
    """Everything that belongs to one booking, and must change together."""
    from django.db import connection

    from finance.models import JournalEntry, Payment, Refund
    from hardware.models import Grant
    from lots.models import Occupancy
    from members.models import OutboxMessage
    from trading.domain.timeline import verify
    from trading.models import Booking, Stay

    found = {
        "bookings": list(Booking.objects.order_by("pk").values_list("state", flat=True)),
        "occupancies": [list(row) for row in Occupancy.objects.order_by("pk").values_list("kind", "state")],
        "evidence": [[line.kind for line in b.evidence.all()] for b in Booking.objects.order_by("pk")],
        "chains": all(verify(booking) for booking in Booking.objects.all()),
        "grants": [list(row) for row in Grant.objects.values_list("state", "revision")],
        "stays": Stay.objects.filter(left_at=None).count() + 10 * Stay.objects.exclude(left_at=None).count(),
        "payments": list(Payment.objects.order_by("pk").values_list("state", flat=True)),
        "refunds": list(Refund.objects.values_list("amount_minor", flat=True)),
        "journal": sorted(JournalEntry.objects.values_list("kind", flat=True)),
        "messages": OutboxMessage.objects.count(),
    }
    connection.close()  # the next child must not inherit it
    return found


def _hold(said: dict[str, Any]) -> None:
    from members.models import Member, Vehicle
    from trading.domain import bookings

    bookings.hold(
        booking_id=uuid.UUID(said["id"]),
        renter=Member.objects.get(pk=said["renter"]),
        quote_token=said["quote"],
        vehicle=Vehicle.objects.get(pk=said["vehicle"]),
    )


def _receive(said: dict[str, Any]) -> None:
    from django.utils import timezone

    from finance.domain.receipts import receive

    receive(payment_id=uuid.UUID(said["payment"]), number="N1", paid_at=timezone.now())


def _expire(said: dict[str, Any]) -> None:
    from trading.domain import bookings

    bookings.expire_holds(now=_time(said["now"]))


def _end_unused(said: dict[str, Any]) -> None:
    from trading.domain import bookings

    bookings.end_unused(now=_time(said["now"]))


def _cancel(said: dict[str, Any]) -> None:
    from members.models import Member
    from trading.domain import bookings

    bookings.cancel(booking_id=uuid.UUID(said["id"]), renter=Member.objects.get(pk=said["renter"]))


def _tell(said: dict[str, Any]) -> None:
    from hardware.signals import LotEventPayload
    from trading.domain import bookings

    at, subject = _time(said["at"]), uuid.UUID(said["id"])
    bookings.take_lot_event(LotEventPayload(said["lot"], said["sequence"], said["kind"], at, subject, said["payload"]))


def _time(text: str) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(text)


VERBS: dict[str, Callable[[dict[str, Any]], None]] = {
    "hold": _hold,
    "receive": _receive,
    "expire": _expire,
    "end_unused": _end_unused,
    "cancel": _cancel,
    "tell": _tell,
}

if __name__ == "__main__":
    main()
