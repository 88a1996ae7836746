from __future__ import annotations

from collections.abc import Iterator

import pytest

from hardware.simulator.line import SimulatedLine


@pytest.fixture(scope="module")
def line() -> Iterator[SimulatedLine]:
    """A line with two ends, as fast as a real one."""
    with SimulatedLine(["ours", "theirs"], 38400) as made:
        yield made
