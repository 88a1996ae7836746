"""make bench-search: the search through its domain function and over HTTP, on generated countries.

Each size is a country of its own in an embedded PostgreSQL with its default settings. SQL time is taken around each
statement as the platform sends it; the floor (20 rows by primary key) is measured between the searches.
"""

from __future__ import annotations

import argparse
import os
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "berth.settings")
os.environ.setdefault("BERTH_DEMO", "1")
django.setup()

from django.utils import timezone  # noqa: E402

from berth.services import EmbeddedServices  # noqa: E402
from lots.queries import search_spots  # noqa: E402
from tests.bench import plot, report, serving  # noqa: E402
from tests.bench.country import country  # noqa: E402
from tests.bench.questions import (  # noqa: E402
    RADIUS_M,
    ROWS,
    Question,
    ask_naively,
    fetch_by_key,
    index_for_naive,
    questions,
    sql_time,
)

SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
WARM_UP = 40
LOCAL = "%Y-%m-%dT%H:%M"


@dataclass(slots=True)
class Taken:
    """Milliseconds of one size, by what was asked."""

    by: dict[str, list[float]] = field(default_factory=dict)

    def at(self, what: str, share: float) -> float:
        return report.percentile(self.by[what], share)


def main() -> None:
    options = _options()
    sizes = {name: SIZES[name] for name in options.sizes.split(",")}
    taken: dict[str, Taken] = {}
    rows: list[report.Row] = []
    for name, spots in sizes.items():
        with country(spots, fresh=options.fresh) as services:
            largest = name == list(sizes)[-1]
            taken[name] = _measure(spots, options.queries, naive=largest)
            if largest and not options.no_http:
                rows += _over_http(services, options.queries // 2)
    rows = [*_rows(taken), *rows]
    print(_growth_table(taken), end="\n\n")
    report.publish(rows, options.json)
    if options.plot:
        options.plot.write_text(_plot(sizes, taken))


def _options() -> argparse.Namespace:
    parser = report.parser("Search at 10 k, 100 k and 1 M spots.")
    parser.add_argument("--sizes", default=",".join(SIZES), help=f"of {', '.join(SIZES)}, ascending (default: all)")
    parser.add_argument("--queries", type=int, default=400, help="questions per size (default 400)")
    parser.add_argument("--fresh", action="store_true", help="generate the countries anew")
    parser.add_argument("--no-http", action="store_true", help="leave out API and page")
    parser.add_argument("--plot", type=Path, metavar="PATH", help="draw the growth as SVG there")
    return parser.parse_args()


def _measure(spots: int, count: int, *, naive: bool) -> Taken:
    asked = questions(count + WARM_UP)
    dice = random.Random(5)
    taken = Taken({"floor": [], "price": [], "distance": []})
    for question in asked[:WARM_UP]:
        _search(question, "price")
        _search(question, "distance")
        fetch_by_key(dice, spots)
    for question in asked[WARM_UP:]:
        taken.by["floor"].append(fetch_by_key(dice, spots))
        taken.by["price"].append(_search(question, "price"))
        taken.by["distance"].append(_search(question, "distance"))
    if naive:
        with index_for_naive():
            for question in asked[:WARM_UP]:
                ask_naively(question)
            taken.by["naive"] = [ask_naively(question)[0] for question in asked[WARM_UP:]]
    return taken


def _search(question: Question, order: str) -> float:
    with sql_time() as clock:
        search_spots(
            latitude=question.latitude,
            longitude=question.longitude,
            radius_m=RADIUS_M,
            start=question.start,
            end=question.end,
            order=order,
            limit=ROWS,
        )
    return clock.milliseconds


def _over_http(services: EmbeddedServices, count: int) -> list[report.Row]:
    asked = questions(count, seed=9)
    api = [
        {
            "latitude": str(q.latitude),
            "longitude": str(q.longitude),
            "radius_m": str(RADIUS_M),
            "start": q.start.isoformat(),
            "end": q.end.isoformat(),
        }
        for q in asked
    ]
    page = [
        {
            "lat": str(q.latitude),
            "lng": str(q.longitude),
            "radius": "2000",
            "order": "price",
            "start": timezone.localtime(q.start).strftime(LOCAL),
            "end": timezone.localtime(q.end).strftime(LOCAL),
        }
        for q in asked
    ]
    with serving.serving(services) as url:
        return [
            _http_row("search.api.p50", f"{url}/api/v1/search", api),
            _http_row("search.page.p50", f"{url}/search/", page),
        ]


def _http_row(name: str, url: str, queries: list[dict[str, str]]) -> report.Row:
    serving.ask(url, queries[:20])
    answers = serving.ask(url, queries)
    whole, own = ([getattr(answer, what) for answer in answers] for what in ("whole", "sql"))
    statements = sorted({answer.statements for answer in answers})
    print(
        f"{name.removesuffix('.p50'):<14} {_shares(whole)}   its SQL {_shares(own)}   "
        f"{statements[0]} to {statements[-1]} statements"
    )
    return report.Row(name, report.percentile(whole, 0.5), "ms", report.percentile(own, 0.5))


def _rows(taken: dict[str, Taken]) -> list[report.Row]:
    rows = []
    for name, size in taken.items():
        for what, share in (("price", 0.5), ("price", 0.95), ("distance", 0.5)):
            label = f"search.{what}.{name}.p{share * 100:.0f}"
            rows.append(report.Row(label, size.at(what, share), "ms", size.at("floor", share)))
    first, last = next(iter(taken.values())), list(taken.values())[-1]
    name = list(taken)[-1]
    rows.append(report.Row(f"search.naive.{name}.p95", last.at("naive", 0.95), "ms", last.at("price", 0.95)))
    if len(taken) > 1:
        rows.append(report.Row("search.growth.p50", last.at("price", 0.5), "ms", first.at("price", 0.5)))
    return rows


def _shares(values: list[float]) -> str:
    return " / ".join(f"{report.percentile(values, share):.2f}" for share in (0.5, 0.95, 0.99))


def _growth_table(taken: dict[str, Taken]) -> str:
    lines = ["SQL ms, p50 / p95 / p99"]
    wide = [f"{name:>24}" for name in taken]
    lines.append(f"{'':<10}{''.join(wide)}")
    for what in ("floor", "price", "distance", "naive"):
        cells = [_shares(size.by[what]) if what in size.by else "" for size in taken.values()]
        lines.append(f"{what:<10}{''.join(f'{cell:>24}' for cell in cells)}")
    return "\n".join(lines)


def _plot(sizes: dict[str, int], taken: dict[str, Taken]) -> str:
    def line(what: str, share: float) -> list[tuple[int, float]]:
        return [(sizes[name], taken[name].at(what, share)) for name in taken]

    series: dict[str, Any] = {
        "by price, p95": line("price", 0.95),
        "by price, p50": line("price", 0.5),
        "by distance, p50": line("distance", 0.5),
        "20 rows by key, p50": line("floor", 0.5),
    }
    return plot.chart("Search: SQL time against the number of spots", series)


if __name__ == "__main__":
    main()
