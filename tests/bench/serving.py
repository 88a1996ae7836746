"""One gunicorn worker over the database that is being measured."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from berth.services import EmbeddedServices, processes
from berth.services.ports import free_port
from berth.services.server import wait_for

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Answer:
    """Milliseconds of a request as the client sees it, and of the SQL in it."""

    whole: float
    sql: float
    statements: int


@contextmanager
def serving(services: EmbeddedServices) -> Iterator[str]:
    """The address of the platform; one synchronous worker."""
    address = f"127.0.0.1:{free_port()}"
    environment = {
        **os.environ,
        **services.environment,
        "DJANGO_SETTINGS_MODULE": "tests.bench.rates",
        "BERTH_DEMO": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        "LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "gunicorn", "tests.bench.timed_app", "--bind", address, "--workers", "1"]
    log = (services.directory / "gunicorn.log").open("wb")
    command += ["--worker-class", "gthread", "--threads", "1", "--keep-alive", "30"]
    server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
    try:
        url = f"http://{address}"
        if not wait_for(lambda: _answers(url), 60, 0.1):
            raise RuntimeError(f"gunicorn does not answer; see {log.name}")
        yield url
    finally:
        processes.end(server, patience=10)
        log.close()


def ask(url: str, queries: Sequence[dict[str, str]]) -> list[Answer]:
    """Each query over one kept connection; a refusal ends the run."""
    answers = []
    with requests.Session() as session:
        for query in queries:
            response = session.get(url, params=query, timeout=30)
            response.raise_for_status()
            _name, duration, statements = response.headers["Server-Timing"].split(";")
            answers.append(
                Answer(
                    response.elapsed.total_seconds() * 1000,
                    float(duration.removeprefix("dur=")),
                    int(statements.removeprefix("desc=")),
                )
            )
    return answers


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=2).ok
    except requests.RequestException:
        return False
