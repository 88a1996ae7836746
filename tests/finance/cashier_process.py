"""The sandbox cashier as a real process, for tests that speak to it over HTTP."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import requests

from berth.kernel.signatures import new_private_key, public_key_of

ROOT = Path(__file__).resolve().parents[2]
MERCHANT_KEY = new_private_key()
PROVIDER_KEY = new_private_key()


@dataclass
class CashierProcess:
    """Starts, kills and starts again on one store and one port, as a bank that has a bad day."""

    store: Path
    port: int = 0
    past: Path | None = None
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
            "BERTH_CASHIER_PORT": str(self.port),
            "BERTH_CASHIER_STORE": str(self.store),
            "BERTH_CASHIER_PAST": str(self.past or ""),
            "BERTH_SANDBOX_PROVIDER_KEY": PROVIDER_KEY,
            "BERTH_SANDBOX_MERCHANT_PUBLIC_KEY": public_key_of(MERCHANT_KEY),
        }
        command = [sys.executable, "-m", "finance.sandbox_cashier"]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        ready = re.search(r"ready at http://127\.0\.0\.1:(\d+)", line)
        assert ready, f"the cashier did not start: {line!r}"
        self.port = int(ready.group(1))
        return self

    def kill(self) -> None:
        """As a power cut does."""
        self._end("kill")

    def stop(self) -> int:
        """As an operator does; the exit code."""
        return self._end("terminate")

    def decide(self, pay_url: str, decision: str, **arguments: object) -> requests.Response:
        """Press a button of the cashier page; the redirect back is not followed."""
        return requests.post(pay_url, data={"decision": decision}, allow_redirects=False, timeout=10, **arguments)

    def _end(self, how: str) -> int:
        assert self.process is not None
        getattr(self.process, how)()
        code = self.process.wait(timeout=20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code
