"""Run a command with the embedded servers under it.

python -m berth.services run [--data DIR] -- COMMAND...   sets DATABASE_URL and REDIS_URL, passes on signals, exit code
python -m berth.services remove [--data DIR]              deletes the data
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from berth.services import EmbeddedServices, ServiceError
from berth.services.embedded import remove

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    options = _parser().parse_args()
    try:
        if options.action == "remove":
            remove(options.data)
            return 0
        return run(options.command, options.data, durable=not options.throwaway)
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1


def run(command: list[str], data: Path, *, durable: bool) -> int:
    """Start the servers, run the command, stop them; the command's exit code (128 + n if signal n ended it)."""
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def pass_on(number: int, frame: FrameType | None) -> None:
        told_by_terminal = number == signal.SIGINT and sys.stdin.isatty()
        if child is None:
            early.append(number)
        elif not told_by_terminal:
            child.send_signal(number)

    for number in PASSED_ON:
        signal.signal(number, pass_on)
    with EmbeddedServices(data, durable=durable) as services:
        if early:
            return 128 + early[0]
        child = subprocess.Popen(command, env={**os.environ, **services.environment})
        for missed in early:  # while it was being started
            child.send_signal(missed)
        code = child.wait()
    return code if code >= 0 else 128 - code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m berth.services", description=__doc__.splitlines()[0])
    actions = parser.add_subparsers(dest="action", required=True)
    runner = actions.add_parser("run", help="run a command with PostgreSQL and Valkey started for it")
    runner.add_argument("--throwaway", action="store_true", help="faster, and not safe against power loss")
    runner.add_argument("command", nargs="+", metavar="COMMAND")
    remover = actions.add_parser("remove", help="delete the data")
    for action in (runner, remover):
        action.add_argument("--data", type=Path, default=Path(".demo"), help="data directory (default: .demo)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
