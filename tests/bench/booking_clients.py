"""The clients of `make bench-booking`: processes that hold spots, and the town in which they do."""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

from django.conf import settings
from django.db import connection, connections, transaction

from berth.kernel.errors import DomainError
from berth.kernel.ids import uuid7
from lots.domain import listings
from lots.models import FloorPlan, Lot, Spot
from members.models import Member
from trading.domain import bookings
from trading.domain.quotes import make_quote

TURNS = 4
PATIENCE = 300
_fork = multiprocessing.get_context("fork")
_COPIES = {
    "lots_occupancy": "plain_occupancy",
    "trading_booking": "plain_booking",
    "trading_evidence": "plain_evidence",
}
_PLAIN_OCCUPANCY = """
INSERT INTO plain_occupancy (id, spot_id, period, kind, state, expires_at, created_at)
VALUES (%(id)s, %(spot)s, tstzrange(%(start)s, %(end)s), %(kind)s, 'live', %(expires_at)s, now())
"""


@dataclass(frozen=True, slots=True)
class Town:
    """``slots`` hands out (spot, start, end) that nobody has had yet."""

    spots: list[Spot]
    renter: Member
    slots: Iterator[tuple[Spot, datetime, datetime]]


def make_town(spots: int) -> Town:
    """Listed spots in lots of 100, idle all week."""
    owner = Member.objects.create(display_name="Owner", email="owner@bench.example")
    renter = Member.objects.create(display_name="Renter", email="renter@bench.example")
    made = [_spot(number, owner) for number in range(spots)]
    _make_copies()
    return Town(made, renter, _slots(made))


def rates(town: Town, clients: int, holds: int) -> tuple[float, float]:
    """Holds and plain inserts of the same rows per second, ``holds`` by each client."""
    tokens = [_tokens(town, holds) for _ in range(clients)]
    spent = run(clients, lambda number, barrier: _ours_and_floor(tokens[number], town.renter, barrier))
    ours, floor = (max(client[side] for client in spent) for side in (0, 1))
    _vacuum()
    return clients * holds / ours, clients * holds / floor


def domain_rate(town: Town, clients: int, holds: int) -> float:
    """Holds per second through the whole function, Python and publishing included."""
    tokens = [_tokens(town, holds) for _ in range(clients)]

    def client(number: int, barrier: Barrier) -> float:
        barrier.wait(PATIENCE)
        begun = time.perf_counter()
        for token in tokens[number]:
            bookings.hold(booking_id=uuid7(), renter=town.renter, quote_token=token)
        return time.perf_counter() - begun

    return clients * holds / max(run(clients, client))


def race(town: Town, *, clients: int, rounds: int) -> list[list[tuple[str, float]]]:
    """Everyone wants one spot for one time, ``rounds`` times: outcome and milliseconds of each client in each."""
    [warm, *tokens] = _tokens(town, 1 + rounds)

    def client(_number: int, barrier: Barrier) -> list[tuple[str, float]]:
        _attempt(town.renter, warm)  # code and connection are warm, as in a process that serves
        outcomes = []
        for token in tokens:
            barrier.wait(PATIENCE)
            outcomes.append(_attempt(town.renter, token))
        return outcomes

    return [list(one) for one in zip(*run(clients, client), strict=True)]


def run(clients: int, client: Callable[[int, Barrier], Any]) -> list[Any]:
    """What each client process returned; they share a barrier."""
    connections.close_all()
    barrier, answers = _fork.Barrier(clients), _fork.SimpleQueue()

    def work(number: int) -> None:
        try:
            answers.put((number, client(number, barrier)))
        except BaseException as error:
            barrier.abort()
            answers.put((number, error))
            raise
        finally:
            connections.close_all()

    processes = [_fork.Process(target=work, args=(number,)) for number in range(clients)]
    for process in processes:
        process.start()
    found = dict(answers.get() for _ in processes)
    for process in processes:
        process.join(PATIENCE)
    for answer in found.values():
        if isinstance(answer, BaseException):
            raise answer
    return [found[number] for number in range(clients)]


def _attempt(renter: Member, token: str) -> tuple[str, float]:
    begun = time.perf_counter()
    try:
        bookings.hold(booking_id=uuid7(), renter=renter, quote_token=token)
        outcome = "won"
    except DomainError as refusal:
        outcome = refusal.code
    except Exception as error:
        outcome = type(error).__name__
    return outcome, (time.perf_counter() - begun) * 1000


Statements = list[bytes]


def _ours_and_floor(tokens: Sequence[str], renter: Member, barrier: Barrier) -> tuple[float, float]:
    """Seconds that each took, in turns, waiting for the other clients before each turn."""
    pairs = [_recorded(token, renter) for token in tokens]
    spent = [0.0, 0.0]
    for turn in range(TURNS):
        for side in (0, 1):
            barrier.wait(PATIENCE)
            begun = time.perf_counter()
            for pair in pairs[turn::TURNS]:
                _send(pair[side])
            barrier.wait(PATIENCE)
            spent[side] += time.perf_counter() - begun
    return spent[0], spent[1]


def _recorded(token: str, renter: Member) -> tuple[Statements, Statements]:
    """The statements of a hold, and the plain inserts of the same rows."""
    sent: list[tuple[str, Any]] = []

    def keep(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if "SAVEPOINT" not in sql:
            sent.append((sql, params))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(keep):
        bookings.hold(booking_id=uuid7(), renter=renter, quote_token=token)
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        ours = [cursor.mogrify(sql, params) for sql, params in sent]
        taking = next(params for _sql, params in sent if isinstance(params, dict))
        rows = [statement for statement in ours if statement.startswith(b"INSERT INTO")]
        return ours, [cursor.mogrify(_PLAIN_OCCUPANCY, taking), *map(_plain, rows)]


def _plain(statement: bytes) -> bytes:
    for name, copy in _COPIES.items():
        statement = statement.replace(f'"{name}"'.encode(), copy.encode())
    return statement.replace(b"ON CONFLICT DO NOTHING", b"")


def _send(statements: Statements) -> None:
    raw = connection.connection
    raw.autocommit = False
    with raw.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    raw.commit()
    raw.autocommit = True


def _tokens(town: Town, amount: int) -> list[str]:
    slots = itertools.islice(town.slots, amount)
    return [make_quote(spot=spot, start=start, end=end, member=None).token for spot, start, end in slots]


def _slots(spots: Sequence[Spot]) -> Iterator[tuple[Spot, datetime, datetime]]:
    """Two hours each, spread over all spots before a spot comes again."""
    first = datetime.fromtimestamp((int(time.time()) // 900 + 4) * 900, tz=spots[0].lot.zone)
    for round_ in itertools.count():
        start = first + timedelta(hours=3 * round_)
        yield from ((spot, start, start + timedelta(hours=2)) for spot in spots)


def _spot(number: int, owner: Member) -> Spot:
    lot, made = Lot.objects.get_or_create(
        code=f"bench-{number // 100}",
        defaults={
            "kind": "public",
            "name_zh": "测试",
            "address_zh": "广州",
            "latitude": 23.1,
            "longitude": 113.3,
            "published": True,
        },
    )
    if made:
        FloorPlan.objects.create(lot=lot, level=-1, name_zh="负一层", width=60, height=40)
    spot = Spot.objects.create(lot=lot, code=f"B-{number}", owner=owner, floor_plan=lot.floor_plans.get())
    week = [(day, 0, 1440) for day in range(7)]
    listing = listings.create_listing(spot=spot, by=owner, hourly_price_minor=800, windows=week)
    listings.publish(listing=listing, by=owner)
    return spot


def _make_copies() -> None:
    """The same columns, defaults, btree indexes and foreign keys; neither exclusion constraints nor triggers."""
    with connection.cursor() as cursor:
        for name, copy in _COPIES.items():
            cursor.execute(f"CREATE TABLE {copy} (LIKE {name} INCLUDING DEFAULTS INCLUDING IDENTITY)")
            cursor.execute(
                "SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indexrelid"
                " JOIN pg_am a ON a.oid = c.relam WHERE indrelid = %s::regclass AND amname = 'btree'",
                [name],
            )
            for (definition,) in cursor.fetchall():
                head, tail = definition.split(" ON ", 1)
                unique = "UNIQUE " if "UNIQUE" in head else ""
                cursor.execute(f"CREATE {unique}INDEX ON {tail.replace(name, copy, 1)}")
            cursor.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
                [name],
            )
            for (definition,) in cursor.fetchall():
                for original, its_copy in _COPIES.items():
                    definition = definition.replace(f" {original}(", f" {its_copy}(")
                cursor.execute(f"ALTER TABLE {copy} ADD {definition}")


def _vacuum() -> None:
    """What rolled-back rehearsals left must not weigh on the next figures."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


assert settings.configured
