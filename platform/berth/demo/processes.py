"""The processes of the demo, as data. To add one, add a row to `processes()`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from berth.demo.addresses import Addresses
from berth.demo.readiness import Answers, Logs, Readiness, Runs

ROOT = Path(__file__).resolve().parents[3]
PLATFORM_SECRETS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "BERTH_GRANT_SIGNING_KEY", "BERTH_SANDBOX_MERCHANT_KEY")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the command lines and environments are made from."""

    directory: Path
    addresses: Addresses
    servers: Mapping[str, str]
    keys: Mapping[str, str]

    @property
    def platform(self) -> dict[str, str]:
        """Environment of the platform's own processes (berth.settings reads it)."""
        urls, ports = self.addresses.urls, self.addresses.ports
        return {
            **self.outside,
            **self.servers,
            **{key: self.keys[key] for key in PLATFORM_SECRETS if key in self.keys},
            "BERTH_SANDBOX_PROVIDER_PUBLIC_KEY": self.keys["BERTH_SANDBOX_PROVIDER_PUBLIC_KEY"],
            "BERTH_DEMO": "1",
            "BERTH_PUBLIC_URL": urls.web,
            "BERTH_LIVE_URL": f":{ports['live']}/live/",
            "BERTH_LIVE_ORIGINS": f"http://*:{ports['live']}",
            "BERTH_CASHIER_URL": urls.cashier,
            "BERTH_SIMULATOR_URL": urls.simulator,
            "MEDIA_ROOT": str(self.directory / "media"),
            "STATIC_ROOT": str(self.directory / "static"),
        }

    @property
    def outside(self) -> dict[str, str]:
        """Environment of processes that are not the platform: none of its secrets. Lot servers hold no database."""
        kept = {key: value for key, value in os.environ.items() if key not in PLATFORM_SECRETS}
        return {**kept, "PYTHONUNBUFFERED": "1"}

    @property
    def past_payments(self) -> Path:
        """Where `manage.py seed_demo` writes what the cashier is to know of the time before the demo."""
        return self.directory / "past-payments.json"

    @property
    def lots(self) -> Path:
        """Where `manage.py lot_config` writes."""
        return self.directory / "lots"


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One process: what to run, with which environment, and how one sees that it is ready."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready: Readiness = field(default_factory=Runs)
    order: int = 1
    """Processes of one order start together; the next order starts when they are ready. They stop in reverse."""


def processes(around: Surroundings) -> list[ProcessSpec]:
    """All of them, in order."""
    return [*_outside(around), *_platform(around), *_lot_servers(around)]


def _platform(around: Surroundings) -> list[ProcessSpec]:
    environment, host, ports = around.platform, around.addresses.host, around.addresses.ports
    gunicorn = ["-m", "gunicorn", "berth.wsgi", "--bind", f"{host}:{ports['web']}", "--worker-class", "gthread"]
    gunicorn += ["--workers", "2", "--threads", "4", "--graceful-timeout", "10", "--access-logfile", "-"]
    uvicorn = ["-m", "uvicorn", "berth.live.app:application", "--host", host, "--port", str(ports["live"])]
    uvicorn += ["--timeout-graceful-shutdown", "3"]
    celery = ["-m", "celery", "-A", "berth.celery"]
    worker = [
        *celery,
        "worker",
        "-Q",
        "celery",
        "--pool",
        "prefork",
        "--concurrency",
        "2",
        "-l",
        "INFO",
        "-n",
        "worker@demo",
    ]
    beat = [*celery, "beat", "-l", "INFO", "--schedule", str(around.directory / "beat-schedule"), "--pidfile", ""]
    return [
        ProcessSpec("web", python(gunicorn), environment, Answers(f"{around.addresses.urls.web}/healthz")),
        ProcessSpec("live", python(uvicorn), environment, Answers(f"{around.addresses.urls.live}/live/")),
        ProcessSpec("worker", python(worker), environment, Logs(r" ready\.")),
        ProcessSpec("beat", python(beat), environment, Logs(r"beat: Starting")),
    ]


def _outside(around: Surroundings) -> list[ProcessSpec]:
    """What the platform talks to: the payment provider and the lots' hardware, both played."""
    ports, urls, keys = around.addresses.ports, around.addresses.urls, around.keys
    cashier = {
        "BERTH_CASHIER_PORT": str(ports["cashier"]),
        "BERTH_CASHIER_STORE": str(around.directory / "cashier.sqlite3"),
        "BERTH_CASHIER_PAST": str(around.past_payments),
        "BERTH_SANDBOX_PROVIDER_KEY": keys["BERTH_SANDBOX_PROVIDER_KEY"],
        "BERTH_SANDBOX_MERCHANT_PUBLIC_KEY": keys["BERTH_SANDBOX_MERCHANT_PUBLIC_KEY"],
    }
    simulator = {"BERTH_SIMULATOR_PORT": str(ports["simulator"])}
    return [
        ProcessSpec(
            "cashier",
            python(["-m", "finance.sandbox_cashier"]),
            {**around.outside, **cashier},
            Answers(f"{urls.cashier}/"),
        ),
        ProcessSpec(
            "simulator",
            python(["-m", "hardware.simulator", "--config", str(around.lots / "simulator.json")]),
            {**around.outside, **simulator},
            Answers(f"{urls.simulator}/lots"),
        ),
    ]


def _lot_servers(around: Surroundings) -> list[ProcessSpec]:
    """One per lot that has a configuration."""
    return [
        ProcessSpec(
            f"lot-{config.parent.name}",
            python(["-m", "hardware.lotserver", "--config", str(config)]),
            around.outside,
            Logs(r" ready\."),
            order=2,
        )
        for config in sorted(around.lots.glob("*/server.json"))
    ]


def python(arguments: Sequence[str]) -> list[str]:
    """A command of this environment's Python."""
    return [sys.executable, *arguments]
