"""The Chromium that browser tests drive: found on the machine, else installed, else a sentence that says what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.machine import apt_install, can_apt_install

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHINESE_FONT = "fonts-wqy-microhei"
ADVICE = (
    "The browser tests need Chromium and none was found. Install it (Debian: apt-get install chromium "
    f"{CHINESE_FONT}), or run `.venv/bin/python -m playwright install chromium`, or set CHROMIUM=/path/to/chromium."
)


def find() -> Path | None:
    """CHROMIUM, a browser on the PATH, or the one that playwright has downloaded."""
    named = os.environ.get("CHROMIUM")
    if named:
        return Path(named) if os.access(named, os.X_OK) else None
    for name in NAMES:
        if on_path := shutil.which(name):
            return Path(on_path)
    return _playwrights_own()


def _playwrights_own() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def has_chinese_font() -> bool:
    """Whether fontconfig knows a font for Chinese; pictures of pages would show boxes without."""
    lister = shutil.which("fc-list")
    if lister is None:
        return False
    return bool(subprocess.run([lister, ":lang=zh"], capture_output=True, check=False).stdout.strip())


def ensure() -> Path:
    """Find or install. Raises SystemExit with advice: a browser test is never skipped silently."""
    found = find()
    if found is None and not os.environ.get("CHROMIUM") and can_apt_install():
        apt_install("chromium", CHINESE_FONT)
        found = find()
    if found is None:
        raise SystemExit(ADVICE)
    return found


if __name__ == "__main__":
    if "--install" in sys.argv:
        ensure()
    sys.exit(find() is None)
