"""Make .venv what the checkout needs: packages by hash, our folders on the path, translations, a browser (--dev).

Standard library only: it runs on the machine's Python before anything is installed. Each step has a stamp of what it
was made from, so that a second run does nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.machine import apt_install, can_apt_install

ROOT = Path(__file__).resolve().parents[1]


class SetUpError(Exception):
    """Something is missing on the machine; the message says what to install."""


class SetUp:
    """The steps for one checkout."""

    def __init__(self, root: Path = ROOT, base_python: str = sys.executable) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self._base_python = base_python

    def run(self, *, dev: bool) -> None:
        """All steps in order."""
        self.make_environment()
        self.install_packages("dev" if dev else "base")
        self.put_on_path()
        self.compile_catalogues()
        if dev:
            self.find_browser()

    def make_environment(self) -> None:
        """A virtual environment, if there is none that runs."""
        if self.python.exists() and _succeeds([str(self.python), "-c", "import pip"]):
            return
        if not _succeeds([self._base_python, "-c", "import ensurepip, venv"]):
            self._install_venv_module()
        with step("create .venv"):
            shutil.rmtree(self.venv, ignore_errors=True)
            _run([self._base_python, "-m", "venv", str(self.venv)])

    def _install_venv_module(self) -> None:
        version = "{}.{}".format(*sys.version_info)
        package = f"python{version}-venv"
        if can_apt_install():
            with step(f"install {package}"):
                apt_install(package)
        if not _succeeds([self._base_python, "-c", "import ensurepip, venv"]):
            raise SetUpError(
                f"This Python ({self._base_python}) has no venv module. Install it "
                f"(on Debian or Ubuntu, as root: apt-get install {package}) and run make again."
            )

    def install_packages(self, level: str) -> None:
        """What requirements/<level>.txt pins, each file checked against its hash. `dev` contains `base`."""
        wanted = {name: self._digest(self.root / "requirements" / f"{name}.txt") for name in ("base", "dev")}
        if self._stamp("dev") == wanted["dev"] or (level == "base" and self._stamp("base") == wanted["base"]):
            return
        requirements = self.root / "requirements" / f"{level}.txt"
        with step(f"install packages ({level})"):
            pip = [str(self.python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
            _run([*pip, "--no-input", "--require-hashes", "-r", str(requirements)])
        self._set_stamp(level, wanted[level])

    def put_on_path(self) -> None:
        """Our two source folders on this environment's path, in a .pth file (docs/adr/0001)."""
        [packages] = self.venv.glob("lib/python3.*/site-packages")
        text = f"{self.root}\n{self.root / 'platform'}\n"
        pth = packages / "berth.pth"
        if not pth.exists() or pth.read_text() != text:
            pth.write_text(text)

    def compile_catalogues(self) -> None:
        """All .po files to .mo, by Babel: gettext's programs may be missing."""
        catalogues = sorted(path for path in self.root.glob("**/LC_MESSAGES/*.po") if ".venv" not in path.parts)
        wanted = self._digest(*catalogues)
        compiled = all(path.with_suffix(".mo").exists() for path in catalogues)
        if not catalogues or (compiled and self._stamp("catalogues") == wanted):
            return
        with step("compile translations"):
            _run([str(self.python), "-m", "berth.translations", "compile"], cwd=self.root)
        self._set_stamp("catalogues", wanted)

    def find_browser(self) -> None:
        """A Chromium for the browser tests."""
        if not _succeeds([str(self.python), "-m", "scripts.browser"], cwd=self.root):
            with step("install Chromium"):
                _run([str(self.python), "-m", "scripts.browser", "--install"], cwd=self.root)

    def _digest(self, *files: Path) -> str:
        """Of the files' contents, the Python and the place: an environment cannot be moved."""
        digest = hashlib.sha256(f"{sys.version_info[:2]} {self.root}".encode())
        for file in files:
            digest.update(file.read_bytes())
        return digest.hexdigest()

    def _stamp(self, name: str) -> str:
        path = self.venv / f"stamp-{name}"
        return path.read_text() if path.exists() else ""

    def _set_stamp(self, name: str, value: str) -> None:
        (self.venv / f"stamp-{name}").write_text(value)


class step:  # noqa: N801  (reads as a statement: with step("…"))
    """A line that says what happens now and how long it took."""

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._clock = what, clock

    def __enter__(self) -> None:
        print(f"  {self._what} … ", end="", flush=True)
        self._start = self._clock()

    def __exit__(self, *error: object) -> None:
        print("failed" if error[0] else f"{self._clock() - self._start:.1f} s", flush=True)


def _succeeds(command: list[str], cwd: Path | None = None) -> bool:
    try:
        return subprocess.run(command, cwd=cwd, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _run(command: list[str], cwd: Path | None = None) -> None:
    environment = {**os.environ, "PYTHONNOUSERSITE": "1"}
    done = subprocess.run(command, cwd=cwd, check=False, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise SetUpError(f"failed: {' '.join(command)}\n{done.stdout}{done.stderr}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    try:
        SetUp().run(dev=parser.parse_args().dev)
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
