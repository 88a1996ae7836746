"""`make soak-idle`: random histories of schedules, bookings, cancellations and recalls through the real domain and
database; after each, stored idle time must equal the oracle to the minute."""

from __future__ import annotations

import argparse
import time

from tests.bench.database import migrated


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--histories", type=int, default=10_000, help="how many (default %(default)s)")
    amount = options.parse_args().histories
    with migrated():
        begun, steps = time.monotonic(), soak(amount)
        print(f"{amount} histories, {steps} steps, equal to the minute; {time.monotonic() - begun:.0f} s")


def soak(amount: int) -> int:
    """How many steps were taken. Raises AssertionError with the shortest history that differs."""
    import time_machine
    from django.db import transaction
    from hypothesis import HealthCheck, Phase, given, settings

    from lots.domain.idle_check import check_idle_time
    from tests.lots.histories import HISTORIES, NOW, History

    steps = 0

    @settings(
        max_examples=amount,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(HISTORIES)
    def check(drawn):
        nonlocal steps
        zone, history = drawn
        with time_machine.travel(NOW[zone], tick=False) as clock, transaction.atomic():
            told = History(zone, clock)
            for step in history:
                told.perform(*step)
            assert told.painted() == told.oracle(), drawn
            assert check_idle_time() == [], drawn
            steps += len(history)
            transaction.set_rollback(True)

    check()
    return steps


if __name__ == "__main__":
    main()
