"""A lot server as it ships, in a process of its own, for lines of a benchmark."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from hardware.cards.credential import Credential, seal
from hardware.lotserver.store import Store, StoredCard
from tests.hardware.lotserver.platform_server import Platform
from tests.hardware.lotserver.world import MASTER_KEY, free_port, raw

LOT = "bench"
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 60.0
HOUR = 3600


def scbk(address: int) -> bytes:
    """The base key of a controller in a benchmark."""
    return bytes([0xA0 ^ address] * 16)


def spot(line: int, address: int, lock: int) -> str:
    return f"L{line}-{address:02}-{lock}"


def line_config(number: int, device: Path, baud: int, addresses: list[int], locks: int) -> dict[str, object]:
    """As in server.json."""
    controllers = [
        {
            "code": f"c{number}-{address}",
            "address": address,
            "scbk": scbk(address).hex(),
            "label_zh": f"{address} 号集控器",
            "label_en": f"Controller {address}",
            "x": 0.0,
            "y": 0.0,
            "locks": [spot(number, address, lock) for lock in range(locks)],
        }
        for address in addresses
    ]
    return {"number": number, "device": str(device), "baud": baud, "controllers": controllers}


def card_of(grant: int) -> str:
    return f"04{grant:012X}"


def credential(grant: int) -> bytes:
    """What the reader reads from the card of this grant."""
    written = Credential(LOT, card_of(grant), 7, int(time.time()) + HOUR, 1)
    return seal(written, bytes.fromhex(MASTER_KEY))


class LotServer:
    """Runs `python -m hardware.lotserver` on the given lines; ``spots`` get a grant and a card each, in their order."""

    def __init__(self, directory: Path, lines: list[dict[str, object]], spots: list[str]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.platform = Platform(LOT)
        config = {
            "lot": LOT,
            "timezone": "Asia/Shanghai",
            "platform_url": self.platform.url,
            "broker_url": f"redis://127.0.0.1:{free_port()}/0",
            "platform_public_key": raw(self.platform.key.public_key().public_bytes_raw()),
            "lot_private_key": raw(self.platform.lot_key.private_bytes_raw()),
            "card_master_key": MASTER_KEY,
            "store": str(directory / "store.sqlite3"),
            "listen": {"host": "127.0.0.1", "port": free_port()},
            "lines": lines,
            "gates": [],
        }
        self._file = directory / "server.json"
        self._file.touch(mode=0o600)
        self._file.write_text(json.dumps(config))
        store = Store(Path(str(config["store"])))
        with store.writing() as write:
            for number, code in enumerate(spots):
                write.card(StoredCard(card_of(number), 1, "issued", f"g-{number}"))
                self.platform.give(f"g-{number}", spot=code, plates=[f"粤B{number:05}"])
        store.close()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with (self.directory / "lotserver.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hardware.lotserver", "--config", str(self._file)], stdout=log, stderr=log
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(PATIENCE)
        self.platform.stop()

    def wait_online(self, count: int) -> None:
        """Until so many controllers have come online, as told to the platform."""
        self.platform.wait_for("controller_changed", count=count, online=True)

    def wait_grants(self) -> None:
        """Until it has pulled all grants."""
        end = time.monotonic() + PATIENCE
        query = "SELECT count(*) FROM access_grant"
        with contextlib.closing(sqlite3.connect(self.directory / "store.sqlite3")) as store:
            while store.execute(query).fetchone()[0] < len(self.platform.grants):
                if time.monotonic() > end:
                    raise RuntimeError("the grants did not come")
                time.sleep(0.1)

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def cpu_seconds(self) -> float:
        """User and system time of the process so far (/proc/<pid>/stat)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_mb(self) -> float:
        """Resident memory (VmRSS)."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024
