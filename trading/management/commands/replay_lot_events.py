"""Apply again what the lots have told: heals bookings after an event could not be applied."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from hardware.models import LotEvent
from hardware.signals import LotEventPayload
from trading.domain.bookings import take_lot_event


class Command(BaseCommand):
    help = "Replay stored lot events into bookings. What was applied before changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--lot", help="code of the lot; all lots without it")
        parser.add_argument("--since", type=int, default=0, help="first sequence to replay")

    def handle(self, *args: Any, **options: Any) -> None:
        events = LotEvent.objects.filter(grant__isnull=False, sequence__gte=options["since"])
        if options["lot"]:
            events = events.filter(lot__code=options["lot"])
        count = 0
        for event in events.select_related("lot", "grant").order_by("lot_id", "sequence").iterator(chunk_size=2000):
            take_lot_event(_payload(event))
            count += 1
        self.stdout.write(f"{count} events replayed.")


def _payload(event: LotEvent) -> LotEventPayload:
    assert event.grant is not None  # noqa: S101  (the query asks for it)
    return LotEventPayload(
        lot_code=event.lot.code,
        sequence=event.sequence,
        kind=event.kind,
        occurred_at=event.occurred_at,
        subject_id=event.grant.subject_id,
        payload=event.payload,
    )
