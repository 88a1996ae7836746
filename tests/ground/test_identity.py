"""PostgreSQL never runs as root, and its user always reaches its files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from berth.services import EmbeddedServices, ServiceError, identity
from berth.services.embedded import remove

IDENTITIES = ["namespace", "nobody"] if os.geteuid() == 0 else ["same"]
"""Those that the user who runs the tests can take."""


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Let only one way work, and keep what root keeps elsewhere in the test's folder."""
    original = identity.works
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("REDIS_URL", "redis://not-started/0")

    def allow(name: str) -> None:
        monkeypatch.setattr(identity, "works", lambda way, *where: way == name and original(way, *where))

    return allow


def owner_of(services: EmbeddedServices) -> int:
    assert services.postgres is not None
    return services.postgres.data.stat().st_uid


@pytest.mark.parametrize("name", IDENTITIES)
def test_postgres_runs_as_each_identity_that_the_machine_allows(only, name: str, tmp_path: Path) -> None:
    only(name)
    data = tmp_path / "data"
    try:
        with EmbeddedServices(data, durable=False) as services:
            assert services.postgres is not None
            assert services.postgres.running
            assert owner_of(services) == (identity.NOBODY if name == "nobody" else os.geteuid())
            place = services.postgres.data
    finally:
        remove(data)
    assert not place.exists()


@pytest.mark.parametrize("name", IDENTITIES[-1:])
def test_a_killed_server_of_that_identity_comes_back(only, name: str, tmp_path: Path) -> None:
    only(name)
    data = tmp_path / "data"
    try:
        with EmbeddedServices(data, durable=False) as services:
            assert services.postgres is not None
            assert services.postgres.process is not None
            services.postgres.process.kill()
            services.postgres.process.wait()
            assert services.restart_dead() == ["PostgreSQL"]
    finally:
        remove(data)


def test_root_without_any_way_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda *arguments: None)
    monkeypatch.setattr(identity, "works", lambda *arguments: False)
    monkeypatch.setattr(identity, "OPEN_FOLDER", tmp_path / "open")
    binaries = tmp_path / "package" / "pginstall" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "postgres").touch()
    with pytest.raises(ServiceError, match=r"Run as an ordinary user, or set DATABASE_URL"):
        identity.take_seat(tmp_path / "data", binaries)


def test_two_processes_that_copy_the_programs_at_once_share_one_copy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(identity, "OPEN_FOLDER", tmp_path / "open")
    binaries = tmp_path / "package" / "pginstall" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "postgres").write_text("program")
    original = identity._settle
    copies: list[Path] = []

    def settle_second(partial: Path, target: Path) -> None:
        """Another process has just finished: its copy lies there when ours is to be put in place."""
        monkeypatch.setattr(identity, "_settle", original)
        other = partial.with_name("other")
        identity.shutil.copytree(partial, other)
        original(other, target)
        original(partial, target)
        copies.extend(target.parent.iterdir())

    monkeypatch.setattr(identity, "_settle", settle_second)
    place = identity._open_copy(binaries)
    assert (place / "postgres").read_text() == "program"
    assert copies == [place.parents[2]]
