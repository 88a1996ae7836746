"""Everything that must hold, a line each and a summary: `python -m scripts.check all|STEP… [-- PYTEST ARGUMENTS]`.

Every step runs even when one before it failed; the exit code is 0 only if all passed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from berth.demo.parent import Parent

ROOT = Path(__file__).resolve().parents[1]
Command = Sequence[str]


def module(*arguments: str) -> Command:
    """A module of this environment's Python."""
    return [sys.executable, "-m", *arguments]


def manage(*arguments: str) -> Command:
    """A manage.py command; warnings as Django's own test runner shows them."""
    return [sys.executable, "manage.py", *arguments]


STEPS: Mapping[str, Sequence[Command]] = {
    "lint": (module("ruff", "check", "."), module("ruff", "format", "--check", ".")),
    "layers": (["lint-imports"],),
    "types": (module("mypy"),),
    "migrations": (manage("makemigrations", "--check", "--dry-run"),),
    "translations": (manage("translations", "--check"),),
    "schema": (manage("spectacular", "--validate", "--fail-on-warn", "--file", os.devnull),),
    # The whole demo is many processes: its tests run alone, so that neither they nor the others wait for the machine.
    "tests": (module("pytest", "-n", "auto", "-m", "not e2e"), module("pytest", "-m", "e2e")),
}
NOTHING_SELECTED = 5
"""pytest's exit code for a selection without tests."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended, after how many seconds."""

    step: str
    passed: bool
    seconds: float


class Check:
    """Runs steps one after the other, and lets itself be stopped."""

    def __init__(self) -> None:
        self._parent = Parent()
        self._child: subprocess.Popen[bytes] | None = None
        self._environment = {**os.environ, "BERTH_DEMO": "1", "PATH": _path_with_our_programs()}
        signal.signal(signal.SIGTERM, self._pass_on)

    def run(self, steps: Sequence[str], test_arguments: Sequence[str]) -> list[Outcome]:
        """All the steps; what they print is shown, except by those that are content."""
        return [self._step(step, test_arguments if step == "tests" else ()) for step in steps]

    def _step(self, step: str, extra: Sequence[str]) -> Outcome:
        print(f"── {step}", flush=True)
        begun = time.monotonic()
        codes = [self._run([*command, *extra]) for command in STEPS[step]]
        if extra:  # somebody's own selection may well lie in one of the two runs alone
            codes = [code for code in codes if code != NOTHING_SELECTED] or codes
        return Outcome(step, not any(codes), time.monotonic() - begun)

    def _run(self, command: Command) -> int:
        self._child = subprocess.Popen(command, cwd=ROOT, env=self._environment)
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._child.wait(timeout=1)
            if self._parent.wants_to_stop():
                self._child.terminate()

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        if self._child is not None:
            self._child.send_signal(number)
        sys.exit(128 + number)


def summary(outcomes: Sequence[Outcome]) -> str:
    """A table for the end of the output."""
    lines = [f"  {'ok    ' if each.passed else 'FAILED'} {each.step:<13} {each.seconds:6.1f} s" for each in outcomes]
    failed = [each.step for each in outcomes if not each.passed]
    return "\n".join(["", *lines, "", f"Failed: {', '.join(failed)}" if failed else "All checks passed."])


def _path_with_our_programs() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def main() -> int:
    arguments = sys.argv[1:]
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    steps = list(STEPS) if arguments[:cut] == ["all"] else arguments[:cut]
    if unknown := [step for step in steps if step not in STEPS]:
        print(f"No such step: {', '.join(unknown)}. There are: {', '.join(STEPS)}.", file=sys.stderr)
        return 2
    outcomes = Check().run(steps, arguments[cut + 1 :])
    print(summary(outcomes), flush=True)
    return 0 if all(each.passed for each in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
