"""Check every booking's evidence timeline for changed, missing or moved lines."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trading.domain.timeline import chain_holds
from trading.models import Evidence


class Command(BaseCommand):
    help = "Verify the hash chain of every booking's evidence timeline."

    def handle(self, *args: Any, **options: Any) -> None:
        lines = Evidence.objects.order_by("booking_id", "position").iterator(chunk_size=2000)
        checked, broken = 0, []
        for booking_id, chain in groupby(lines, key=attrgetter("booking_id")):
            checked += 1
            if not chain_holds(list(chain)):
                broken.append(str(booking_id))
        if broken:
            raise CommandError(f"{len(broken)} of {checked} timelines are broken: {', '.join(broken)}")
        self.stdout.write(f"{checked} timelines verified.")
