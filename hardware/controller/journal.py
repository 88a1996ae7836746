"""What survives a power loss: the locks that are under way, written to disk before a lock is driven.

{"jobs": [{"lock": 0, "lower": true, "request": 9, "command": 0, "hold": 600.0, "test": false}]}
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hardware.controller.job import Job

log = logging.getLogger(__name__)
FIELDS = ("lock", "lower", "request", "command", "hold", "test")


class Journal:
    """A small file, replaced whole: after a power cut there is the old one or the new one.

    A disk that is full or read-only stops no lock from opening: it is logged, and after a power loss the locks are
    only reported as they stand.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: tuple[Job, ...] | None = None

    def read(self) -> list[Job]:
        """What was under way; nothing, logged, for a file that is not one."""
        try:
            return [_job(raw) for raw in json.loads(self._path.read_text())["jobs"]]
        except FileNotFoundError:
            return []
        except (OSError, KeyError, TypeError, ValueError) as error:
            log.warning("journal %s: %r", self._path, error)
            return []

    def write(self, jobs: Iterable[Job]) -> None:
        """On disk when this returns, unless it is there already."""
        state = tuple(jobs)
        if state == self._written:
            return
        try:
            self._replace(json.dumps({"jobs": [{name: getattr(job, name) for name in FIELDS} for job in state]}))
        except OSError as error:
            log.error("journal %s: %s", self._path, error)  # noqa: TRY400 (its place in the code says nothing)
            return
        self._written = state

    def _replace(self, text: str) -> None:
        fresh = self._path.with_name(self._path.name + ".new")
        with fresh.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _job(raw: dict[str, Any]) -> Job:
    job = Job(**{name: raw[name] for name in FIELDS})
    if not isinstance(job.lock, int) or not isinstance(job.hold, int | float):
        raise TypeError("a job has a lock and a hold")
    return job
