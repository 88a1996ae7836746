"""How far a long run is, on one line."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

T = TypeVar("T")
WIDTH = 24


class Progress:
    """Draws a bar per stage; where nobody watches (no terminal) one line per stage."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._begun = 0.0
        self._drawn = 0.0

    def over(self, stage: str, items: Iterable[T], total: int) -> Iterator[T]:
        """The items, counted."""
        self.begin(stage)
        done = 0
        for done, item in enumerate(items, 1):
            if self._live and done % 2048 == 0:
                self._draw(stage, done, total)
            yield item
        self.end(stage, f"{done:,}")

    def begin(self, stage: str) -> None:
        self._begun = self._drawn = time.monotonic()
        if self._live:
            self._stream.write(f"\r{stage} …")
            self._stream.flush()

    def end(self, stage: str, what: str = "") -> None:
        """The stage is done."""
        clear = "\r\033[K" if self._live else ""
        self._stream.write(f"{clear}{stage:<28} {what:>12}  {time.monotonic() - self._begun:6.1f} s\n")
        self._stream.flush()

    def _draw(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._drawn < 0.1:
            return
        self._drawn = now
        share = min(1.0, done / max(1, total))
        bar = ("█" * int(share * WIDTH)).ljust(WIDTH, "░")
        self._stream.write(f"\r{stage:<28} {bar} {share:4.0%} {done:,}/{total:,}")
        self._stream.flush()
