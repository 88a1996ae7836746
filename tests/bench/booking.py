"""`make bench-booking`: holds by many clients at once, against the plain insert of the same rows in the same run.

Clients are processes with a connection each. For the rates, every client first makes its holds through the domain
function inside a transaction that is rolled back, and keeps the statements that the function sent; then these are sent
again by bare psycopg2 and committed, in turns with the floor: the same occupancy, booking and evidence by three plain
inserts in one transaction, into copies of the tables with their btree indexes and foreign keys, but without exclusion
constraints and idle time. So both sides are SQL alone, and what else the machine does hits both.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from tests.bench.database import migrated
from tests.bench.report import Row, parser, percentile, publish


def main() -> None:
    arguments = _options().parse_args()
    with migrated(durable=arguments.durable):
        from tests.bench import booking_clients, booking_http

        town = booking_clients.make_town(arguments.spots)
        rows = []
        for clients in (1, 8, 32):
            holds, floor = booking_clients.rates(town, clients, arguments.holds // clients)
            rows.append(Row(f"booking.spread.{clients}.rate", holds, "1/s", floor))
        print(f"whole domain function, 8 clients: {booking_clients.domain_rate(town, 8, 50):,.0f}/s")
        rows += booking_http.rows(town, arguments.requests)
        rows += _race(booking_clients.race(town, clients=64, rounds=arguments.rounds))
    publish(rows, arguments.json)


def _options() -> argparse.ArgumentParser:
    options = parser(main.__doc__ or __doc__ or "")
    options.add_argument("--spots", type=int, default=2000, help="listed spots (default %(default)s)")
    options.add_argument("--holds", type=int, default=1600, help="per number of clients (default %(default)s)")
    options.add_argument("--requests", type=int, default=200, help="through HTTP (default %(default)s)")
    options.add_argument("--rounds", type=int, default=10, help="of the race (default %(default)s)")
    options.add_argument("--durable", action="store_true", help="wait for the disk at each commit, as in production")
    return options


def _race(rounds: Sequence[Sequence[tuple[str, float]]]) -> list[Row]:
    """Of each client in each round: what became of it, and after how many milliseconds."""
    winners = [sum(outcome == "won" for outcome, _ms in clients) for clients in rounds]
    refusals = [ms for clients in rounds for outcome, ms in clients if outcome == "taken"]
    errors = [outcome for clients in rounds for outcome, _ms in clients if outcome not in ("won", "taken")]
    if errors:
        print("errors:", *sorted(set(errors)))
    return [
        Row("booking.race.winners", sum(winners) / len(winners), "per spot", 1),
        Row("booking.race.errors", len(errors), ""),
        Row("booking.race.refusal.p95", percentile(refusals, 0.95), "ms"),
    ]


if __name__ == "__main__":
    main()
