"""`make bench-bus`: how near the RS-485 lines come to what their bits allow. Method: docs/lot-system.md."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.bus_lot import LotServer, credential, line_config, scbk
from tests.bench.bus_swipes import BAUD, CONTROLLERS, LOCKS, Swipes
from tests.bench.report import Row, parser, percentile, publish


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long each part measures: seconds, but swipes."""

    cycle: float
    cpu: float
    swipes: int
    noisy_swipes: int
    dark: float


FULL = Lengths(cycle=10.0, cpu=15.0, swipes=48, noisy_swipes=120, dark=5.0)
SHORT = Lengths(cycle=3.0, cpu=4.0, swipes=16, noisy_swipes=16, dark=2.0)


@contextlib.contextmanager
def rows_of_controllers(orders: list[dict[str, Any]]) -> Iterator[list[subprocess.Popen[str]]]:
    """A process per line (tests.bench.bus_row), each with its port there to be opened."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.bus_row", json.dumps(order)], stdout=subprocess.PIPE, text=True
        )
        for order in orders
    ]
    try:
        for process in processes:
            assert process.stdout and process.stdout.readline() == "ready\n"
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def found(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout
    result: dict[str, Any] = json.loads(process.stdout.readline())
    if not result["online"]:
        raise RuntimeError("not all controllers came online")
    return result


def cycle(directory: Path, baud: int, count: int, seconds: float, *, dead: int = 0) -> dict[str, Any]:
    """One line of ``count`` controllers; the first ``dead`` of them are configured and do not exist."""
    link, addresses = directory / "line-1", list(range(1, count + 1))
    order = {"baud": baud, "addresses": addresses[dead:], "link": str(link), "seconds": seconds, "settle": 2.0}
    with (
        rows_of_controllers([order]) as (process,),
        LotServer(directory, [line_config(1, link, baud, addresses, 1)], []),
    ):
        return found(process)


def cycles(directory: Path, lengths: Lengths) -> Iterator[Row]:
    for count, baud in ((32, 115200), (8, 9600)):
        seen = cycle(directory / f"cycle-{count}", baud, count, lengths.cycle)
        yield Row(f"bus.cycle.{count}x{baud}", 1000 * seen["wall"], "ms", 1000 * seen["wire"])


def dead_cost(directory: Path, lengths: Lengths) -> Iterator[Row]:
    """Against the same seven alone: what looking for the eighth takes from them."""
    alone = cycle(directory / "seven", 38400, 7, lengths.cycle)
    with_dead = cycle(directory / "eight", 38400, 8, lengths.cycle, dead=1)
    yield Row("bus.dead.cost", max(0.0, 1 - with_dead["polls"] / alone["polls"]), "share")


def load(directory: Path, lengths: Lengths) -> Iterator[Row]:
    """Four full lines: CPU time of the lot server's process, and its memory, with 10,000 grants."""
    addresses = list(range(1, 33))
    links = {number: directory / "load" / f"line-{number}" for number in range(1, 5)}
    orders = [
        {"baud": 115200, "addresses": addresses, "link": str(link), "seconds": lengths.cpu, "settle": 2.0}
        for link in links.values()
    ]
    lines = [line_config(number, link, 115200, addresses, 79) for number, link in links.items()]
    spots = [code for line in lines for c in line["controllers"] for code in c["locks"]][:10_000]  # type: ignore[attr-defined]
    with rows_of_controllers(orders) as processes, LotServer(directory / "load", lines, spots) as server:
        server.wait_online(128)
        server.wait_grants()
        time.sleep(2)
        began, used = time.monotonic(), server.cpu_seconds()
        time.sleep(lengths.cpu)
        share = (server.cpu_seconds() - used) / (time.monotonic() - began)
        memory = server.memory_mb()
        seen = [found(process) for process in processes]
    print("4 × 32 at 115200: rounds at " + ", ".join(f"{s['wall'] / s['wire']:.2f}" for s in seen) + " × wire")
    yield Row("bus.cpu.4x32", share, "share of a core")
    yield Row("lotserver.memory", memory, "MB")


def swipes(directory: Path, lengths: Lengths) -> Iterator[Row]:
    """Ours: swipe to lock, then a controller without power, then noise."""
    link = directory / "swipes" / "line-1"
    row = Swipes(directory / "swipes", link)
    line = line_config(1, link, BAUD, row.addresses, LOCKS)
    row.start()
    try:
        with LotServer(directory / "swipes", [line], row.spots) as server:
            server.wait_online(CONTROLLERS)
            server.wait_grants()
            time.sleep(5)
            yield from swipe_rows(row.measure(lengths.swipes, pause=0.75))
            from_power, from_life = row.recovery(CONTROLLERS, lengths.dark)
            print(f"recovery: {from_power:.2f} s after power, most of it the start of the controller's program")
            yield Row("bus.recovery", from_life, "s")
            delivered, wrong = row.under_noise(1e-4, lengths.noisy_swipes, lengths.noisy_swipes / 2)
            yield Row("bus.noise.delivered", delivered, "swipes", lengths.noisy_swipes)
            yield Row("bus.noise.wrong", wrong, "swipes")
    finally:
        row.stop()


def swipe_rows(measured: list[tuple[float, float]]) -> Iterator[Row]:
    took, floors = zip(*measured, strict=True)
    yield Row("bus.swipe.8x38400.p50", 1000 * percentile(took, 0.5), "ms", 1000 * percentile(floors, 0.5))


def libosdp(directory: Path, lengths: Lengths, ours: float | None) -> Iterator[Row]:
    """The same line and controllers under libosdp's control panel, which judges without looking at anything."""
    link = directory / "libosdp" / "line-1"
    row = Swipes(directory / "libosdp", link, card=lambda number: credential(number)[:-1] + bytes([number % LOCKS]))
    order = {"device": str(link), "baud": BAUD, "keys": {a: scbk(a).hex() for a in row.addresses}}
    row.start()
    panel = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bus_libosdp", json.dumps(order)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert panel.stdout and panel.stdout.readline() == "online\n"
        time.sleep(5)
        took = [each for each, _ in row.measure(lengths.swipes, pause=0.75)]
        yield Row("bus.swipe.8x38400.libosdp", 1000 * percentile(took, 0.5), "ms", ours)
    finally:
        panel.kill()
        panel.wait()
        row.stop()


def all_swipes(directory: Path, lengths: Lengths) -> Iterator[Row]:
    """Both control panels, one after the other."""
    ours = None
    for row in swipes(directory, lengths):
        ours = row.value if row.name.endswith(".p50") else ours
        yield row
    yield from libosdp(directory, lengths, ours)


PARTS = {"swipe": all_swipes, "cycle": cycles, "dead": dead_cost, "load": load}


def main() -> None:
    arguments = parser(__doc__ or "")
    arguments.add_argument("--short", action="store_true", help="a quick look: less time for each figure")
    arguments.add_argument("--only", choices=PARTS, action="append", help="this part; repeat for more")
    options = arguments.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bus") as directory:
        for name, part in PARTS.items():
            if not options.only or name in options.only:
                rows += part(Path(directory), SHORT if options.short else FULL)
    publish(rows, options.json)


if __name__ == "__main__":
    main()
