"""`make bench-ledger`: postings against the same rows by bare SQL, balances, and a statement of many legs.

The floor of a posting writes the same entry and the same legs into the same tables, triggers and all, with two
statements in a transaction of its own. Both write in turns, so that what else the machine does hits both.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable

from tests.bench.database import migrated
from tests.bench.report import Row, parser, percentile, publish

TURNS = 10


def main() -> None:
    arguments = _options().parse_args()
    with migrated():
        rows = [*_postings(arguments.entries), _balance(), *_statement(arguments.legs)]
    publish(rows, arguments.json)


def _options() -> argparse.ArgumentParser:
    options = parser(main.__doc__ or __doc__ or "")
    options.add_argument("--entries", type=int, default=4000, help="postings of four legs (default %(default)s)")
    options.add_argument("--legs", type=int, default=100_000, help="legs in the statement (default %(default)s)")
    return options


def _postings(entries: int) -> list[Row]:
    from tests.bench.ledger_rows import Books

    books = Books()
    ours = floor = 0.0
    for _turn in range(TURNS):
        ours += _seconds(books.post, entries // TURNS)
        floor += _seconds(books.insert, entries // TURNS)
    books.check()
    return [Row("ledger.post.rate", entries / ours, "1/s", entries / floor)]


def _balance() -> Row:
    """One account's balance, that has moved in every posting; the floor is a row by its primary key."""
    from tests.bench.ledger_rows import balance_by_domain, balance_by_key

    ours = [_seconds(lambda _: balance_by_domain(), 1) * 1000 for _ in range(500)]
    floor = [_seconds(lambda _: balance_by_key(), 1) * 1000 for _ in range(500)]
    return Row("ledger.balance.p50", percentile(ours, 0.5), "ms", percentile(floor, 0.5))


def _statement(legs: int) -> list[Row]:
    """The owner's statement as CSV, streamed; memory is what the process grew by while it streamed."""
    from tests.bench.ledger_rows import bare_statement, fill_statement, stream_statement

    member = fill_statement(legs)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = _seconds(lambda _: stream_statement(member, legs), 1)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    floor = _seconds(lambda _: bare_statement(member), 1)
    return [
        Row("ledger.statement.100k", seconds, "s", floor),
        Row("ledger.statement.memory", grown, "MB"),
    ]


def _seconds(work: Callable[[int], object], times: int) -> float:
    begun = time.perf_counter()
    work(times)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
