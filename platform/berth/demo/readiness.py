"""How one can tell that a process does its work."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Readiness(Protocol):
    """A question that can be asked again and again."""

    def holds(self, log: Path, log_start: int) -> bool:
        """Whether the process is ready; its log begins at byte `log_start` of the file `log`."""


@dataclass(frozen=True, slots=True)
class Answers:
    """An HTTP GET of this address gets any answer below 500."""

    url: str

    def holds(self, log: Path, log_start: int) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=10) as response:  # noqa: S310  (our own loopback address)
                return bool(response.status < 500)
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Logs:
    """Its log has a line that matches."""

    pattern: str

    def holds(self, log: Path, log_start: int) -> bool:
        with log.open("rb") as file:
            file.seek(log_start)
            return re.search(self.pattern, file.read().decode(errors="replace")) is not None


@dataclass(frozen=True, slots=True)
class Runs:
    """It has been started; nobody waits for it."""

    def holds(self, log: Path, log_start: int) -> bool:
        return True
