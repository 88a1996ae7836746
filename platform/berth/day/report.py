"""What the day came to: a table for people, JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from berth.day.checks import Check
from berth.day.tale import NO_BOOKING, Outcome, Tale


@dataclass(frozen=True, slots=True)
class Report:
    """``troubles`` are what befell the lots as a whole, with the second at which it did."""

    seed: int
    seconds: float
    tales: Sequence[Tale]
    checks: Sequence[Check]
    troubles: Sequence[tuple[float, str]]

    @property
    def unexplained(self) -> list[Tale]:
        return [tale for tale in self.tales if tale.outcome is Outcome.UNEXPLAINED]

    @property
    def holds(self) -> bool:
        """Nothing is unexplained, and every check holds."""
        return not self.unexplained and all(check.holds for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "seconds": round(self.seconds),
            "holds": self.holds,
            "outcomes": dict(Counter(str(tale.outcome) for tale in self.tales)),
            "stories": [_tale(tale) for tale in self.tales],
            "checks": [
                {"name": check.name, "seen": check.seen, "holds": check.holds, "faults": list(check.faults)}
                for check in self.checks
            ],
            "troubles": [{"second": round(at), "what": what} for at, what in self.troubles],
        }

    def as_table(self) -> str:
        lines = [f"\n{len(self.tales)} cars, {self.seconds:.0f} s, seed {self.seed}", ""]
        lines += _outcomes(self.tales)
        lines += ["", *(f"  {at:4.0f} s  {what}" for at, what in self.troubles), ""]
        for check in self.checks:
            lines.append(f"  {'holds' if check.holds else 'FAILS':6} {check.name} ({check.seen})")
            lines += [f"         {fault}" for fault in check.faults[:20]]
        for tale in self.unexplained:
            lines += ["", f"UNEXPLAINED {tale.planned.story} {tale.plate} at {tale.lot.code} {tale.spot}"]
            lines += [f"  {at:6.1f} s  {what}" for at, what in tale.steps]
        verdict = "nothing is unexplained" if self.holds else "something is unexplained"
        return "\n".join([*lines, "", verdict])


def _outcomes(tales: Sequence[Tale]) -> list[str]:
    """Story by story: how many ended in which way."""
    counts = Counter((tale.planned.story, str(tale.outcome)) for tale in tales)
    return [f"  {n:4d}  {story:24} {outcome}" for (story, outcome), n in sorted(counts.items())]


def _tale(tale: Tale) -> dict[str, Any]:
    return {
        "number": tale.planned.number,
        "story": tale.planned.story,
        "lot": tale.lot.code,
        "spot": tale.spot,
        "plate": tale.plate,
        "booking": str(tale.booking_id) if tale.booking_id != NO_BOOKING else None,
        "outcome": str(tale.outcome),
        "notes": tale.notes,
        "steps": [{"second": round(at, 1), "what": what} for at, what in tale.steps],
    }
