"""What a benchmark found: a table for people and, with `--json PATH`, rows for programs (DESIGN.md, Benchmarks)."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; `floor` was measured or computed in the same run and unit, None where there is none."""

    name: str
    value: float
    unit: str
    floor: float | None = None

    @property
    def ratio(self) -> float | None:
        """value / floor."""
        return self.value / self.floor if self.floor else None

    def as_json(self) -> dict[str, str | float | None]:
        """With the keys that stay stable between releases."""
        return {"name": self.name, "value": self.value, "unit": self.unit, "floor": self.floor, "ratio": self.ratio}


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed (nearest rank)."""
    if not values:
        raise ValueError("no values were measured")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def parser(description: str) -> argparse.ArgumentParser:
    """A command line that has `--json`."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--json", type=Path, metavar="PATH", help="also write the rows there")
    return made


def table(rows: Sequence[Row]) -> str:
    """The rows, aligned."""
    cells = [("", "value", "unit", "floor", "ratio")]
    cells += [(row.name, _figure(row.value), row.unit, _figure(row.floor), _figure(row.ratio)) for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    return "\n".join("  ".join(map(_aligned, range(5), line, widths)) for line in cells)


def _aligned(column: int, cell: str, width: int) -> str:
    return cell.ljust(width) if column in (0, 2) else cell.rjust(width)


def publish(rows: Sequence[Row], path: Path | None) -> None:
    """Print the table and write the file if one is wanted."""
    print(table(rows), flush=True)
    if path is not None:
        path.write_text(json.dumps([row.as_json() for row in rows], indent=2) + "\n")


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
