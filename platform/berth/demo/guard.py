"""Ends what a supervisor leaves behind when it is killed. Runs as a script with `python -I -S`: standard library only.

Reads process groups from standard input, one a line: `+123` to remember, `-123` to forget. When the input ends, the
supervisor is gone: what is left has as many seconds as the first argument says to end by itself (Linux has already
asked it to), then it is killed.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable


def main(patience: float) -> None:
    groups = remembered(sys.stdin)
    ask(groups)
    deadline = time.monotonic() + patience
    while (groups := {group for group in groups if alive(group)}) and time.monotonic() < deadline:
        time.sleep(0.1)
    for group in groups:
        send(group, signal.SIGKILL)


def remembered(lines: Iterable[str]) -> set[int]:
    """The groups that are still on the list when the input ends."""
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def ask(groups: Iterable[int]) -> None:
    """Where the kernel does not tell children of their parent's death, tell them."""
    if sys.platform != "linux":
        for group in groups:
            send(group, signal.SIGTERM)


def alive(group: int) -> bool:
    return send(group, 0)


def send(group: int, number: int) -> bool:
    """Whether there was anybody to get it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says this of a group that only has zombies
        return False
    return True


if __name__ == "__main__":
    main(float(sys.argv[1]))
