"""The set-up of a checkout: real environments in a temporary folder, with nothing to download."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts import browser, set_up
from scripts.set_up import ROOT, SetUp, SetUpError


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the set-up runs, in short: venv, pip …; it is run all the same."""
    seen: list[str] = []
    original = set_up._run

    def run(command: list[str], cwd: Path | None = None) -> None:
        seen.append(command[2])
        original(command, cwd)

    monkeypatch.setattr(set_up, "_run", run)
    return seen


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout without requirements, in a path with a space, and its environment."""
    root = tmp_path_factory.mktemp("a checkout")
    (root / "requirements").mkdir()
    for name in ("base", "dev"):
        (root / "requirements" / f"{name}.txt").write_text("# nothing\n")
    (root / "platform" / "berth").mkdir(parents=True)
    (root / "platform" / "berth" / "__init__.py").write_text("HERE = True\n")
    SetUp(root).run(dev=False)
    return root


def test_our_packages_are_on_the_path_of_the_environment(environment: Path) -> None:
    python = environment / ".venv" / "bin" / "python"
    code = "import berth, platform; print(berth.HERE, platform.system() != '')"
    done = subprocess.run([python, "-c", code], cwd="/", capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True True\n", "")


def test_second_run_does_nothing(environment: Path, commands: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    SetUp(environment).run(dev=False)
    assert commands == []
    assert capsys.readouterr().out == ""


def test_changed_requirements_are_installed_once(environment: Path, commands: list[str]) -> None:
    (environment / "requirements" / "base.txt").write_text("# nothing, said differently\n")
    SetUp(environment).run(dev=False)
    SetUp(environment).run(dev=False)
    assert commands == ["pip"]


def test_what_tests_need_covers_what_the_demo_needs(environment: Path, commands: list[str]) -> None:
    SetUp(environment).install_packages("dev")
    (environment / ".venv" / "stamp-base").unlink()
    SetUp(environment).install_packages("base")
    assert commands == ["pip"]


def test_package_without_its_hash_is_refused(environment: Path) -> None:
    requirements = environment / "requirements" / "dev.txt"
    before = requirements.read_text()
    requirements.write_text("six==1.17.0\n")
    try:
        with pytest.raises(SetUpError, match="--require-hashes"):
            SetUp(environment).install_packages("dev")
    finally:
        requirements.write_text(before)


def test_catalogues_are_compiled_when_they_change(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(set_up, "_run", lambda command, cwd=None: ran.append(command[1:]))
    catalogue = environment / "lots" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    catalogue.parent.mkdir(parents=True)
    for content in ("one", "two", "two"):
        catalogue.write_text(content)
        SetUp(environment).compile_catalogues()
        catalogue.with_suffix(".mo").touch()
    assert ran == [["-m", "berth.translations", "compile"]] * 2


def test_python_without_venv_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "raise SystemExit(1)"\n')
    bare.chmod(0o755)
    monkeypatch.setattr(set_up, "can_apt_install", lambda: False)
    with pytest.raises(SetUpError, match=r"apt-get install python3\.\d+-venv"):
        SetUp(tmp_path, str(bare)).make_environment()


def find_python(*candidates: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(ROOT / "scripts" / "find_python.sh"), *candidates]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_first_python_that_works_is_found(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    assert find_python(f"{broken} {sys.executable}").stdout.strip() == sys.executable


def test_no_python_at_all_is_said() -> None:
    done = find_python("no-such-python")
    assert done.returncode == 1
    assert "Berth needs Python 3.11" in done.stderr


def test_browser_named_by_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\n")
    monkeypatch.setenv("CHROMIUM", str(program))
    assert browser.find() is None
    program.chmod(0o755)
    assert browser.find() == program


def test_missing_browser_is_a_loud_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(SystemExit, match="apt-get install chromium"):
        browser.ensure()


def test_lock_files_name_no_host() -> None:
    for file in (ROOT / "requirements").glob("*.txt"):
        text = file.read_text()
        assert "://" not in text
        assert "--index-url" not in text
        assert "--find-links" not in text


def test_every_requirement_is_pinned_with_a_hash() -> None:
    for file in (ROOT / "requirements").glob("*.txt"):
        lines = file.read_text().splitlines()
        pins = [number for number, line in enumerate(lines) if "==" in line and not line.startswith((" ", "#"))]
        assert len(pins) > 40
        assert all(lines[number + 1].strip().startswith("--hash=sha256:") for number in pins)


def test_platform_folder_is_no_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert Path(platform.__file__).name == "platform.py"


@pytest.mark.parametrize("level", ["base", "dev"])
def test_what_pyproject_asks_for_is_pinned(level: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"] + (project["optional-dependencies"]["dev"] if level == "dev" else [])
    pins = {}
    for line in (ROOT / "requirements" / f"{level}.txt").read_text().splitlines():
        if found := re.match(r"([a-z0-9-]+)==([^ ;\\]+)", line):
            pins[found[1]] = found[2]
    for requirement in map(Requirement, asked):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement
