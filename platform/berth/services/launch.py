"""Become what a server needs, then exec it. Runs as a script with `python -I -S`: standard library only.

    launch.py PARENT SIGNAL IDENTITY [--probe DIR] -- COMMAND...

PARENT    pid of the process that must not be outlived (its death sends SIGNAL; Linux only)
IDENTITY  `same`       keep the user
          `namespace`  root becomes uid 65534 of a new user namespace (PostgreSQL refuses uid 0)
          `nobody`     root drops to uid 65534 of the machine
--probe   exit 0 if, as that identity, DIR can be written to and COMMAND can be run; else 1

Why a process of its own and not `preexec_fn`: Python code between fork and exec can deadlock in a threaded parent.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys

NOBODY = 65534
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    split = arguments.index("--")
    options, command = arguments[:split], arguments[split + 1 :]
    parent, death_signal, identity = int(options[0]), int(options[1]), options[2]
    become(identity)
    if "--probe" in options:
        sys.exit(probe(options[-1], command))
    die_with(parent, death_signal)
    os.execvp(command[0], command)


def become(identity: str) -> None:
    if identity == "namespace":
        _enter_user_namespace()
    elif identity == "nobody":
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def _enter_user_namespace() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are refused here")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{NOBODY} 0 1"), ("gid_map", f"{NOBODY} 0 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def die_with(parent: int, death_signal: int) -> None:
    """Ask the kernel for a signal when the parent dies. After `become`: a change of user clears the request."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:  # it died before the request was made
        sys.exit(1)


def probe(directory: str, command: list[str]) -> int:
    if not os.access(directory, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        return 1
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    main(sys.argv[1:])
