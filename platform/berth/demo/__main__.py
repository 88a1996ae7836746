"""`python -m berth.demo run|reset`: what `make demo` and `make demo-reset` call."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from berth.demo.errors import DemoError
from berth.demo.parent import Parent
from berth.demo.processes import ROOT
from berth.demo.stack import DemoStack
from berth.services import ServiceError
from berth.services.embedded import remove

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked us to stop, at whatever point of the start we were."""


def main() -> int:
    options = _parser().parse_args()
    try:
        if options.action == "reset":
            remove(options.data)
            print(f"{options.data} is gone; the next make demo starts over.")
            return 0
        return run(options)
    except (ServiceError, DemoError) as error:
        print(error, file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    """Start, say where to look, wait for a signal, stop."""
    parent = Parent() if options.with_parent else None
    for number in SIGNALS:
        signal.signal(number, _raise_stopped)
    stack = DemoStack(options.data, port=options.port, host=options.host, say=_say)
    begun = time.monotonic()
    with contextlib.suppress(Stopped):
        _say("Starting Berth …")
        stack.start()
        _say(_welcome(stack, time.monotonic() - begun))
        while parent is None or not parent.wants_to_stop():
            time.sleep(1)
    _stop(stack)
    return 0


def _stop(stack: DemoStack) -> None:
    """In order, undisturbed by further signals; a start that was interrupted has stopped itself already."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    begun = time.monotonic()
    _say("\nStopping …")
    stack.stop()
    _say(f"Stopped in {time.monotonic() - begun:.1f} s. The data stays; make demo-reset removes it.")


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _say(line: str) -> None:
    """To the terminal at once; a terminal that has gone away is no reason to leave children behind."""
    try:
        print(line, flush=True)
    except OSError:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115  (stays open as our output)


def _welcome(stack: DemoStack, seconds: float) -> str:
    return "\n".join(
        [
            f"\nBerth runs at {stack.urls.web}/ (started in {seconds:.0f} s; Ctrl-C stops it)",
            "",
            stack.sign_in,
            "",
            f"Logs: {stack.directory / 'logs'}",
        ]
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m berth.demo")
    parser.add_argument("action", choices=["run", "reset"])
    parser.add_argument("--data", type=Path, default=ROOT / ".demo", help="data directory (default: .demo)")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "0", help="of the website")
    parser.add_argument("--host", default=os.environ.get("BERTH_HOST") or "127.0.0.1", help="address to listen on")
    parser.add_argument("--with-parent", action="store_true", help="stop when the parent process stops")
    return parser


if __name__ == "__main__":
    sys.exit(main())
