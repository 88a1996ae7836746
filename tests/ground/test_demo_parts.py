"""Ports, keys and environments of a demo, and how it hears that make was told to stop."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from berth.demo import keys
from berth.demo.addresses import FIRST_CHOICE, Addresses
from berth.demo.processes import PLATFORM_SECRETS, Surroundings, processes
from berth.kernel.signatures import public_key_of
from berth.services import ServiceError
from berth.services.ports import free_port
from berth.services.server import wait_for
from tests.ground.processes import alive


def chosen(directory: Path, web_port: int | None = None) -> Addresses:
    addresses = Addresses(directory, host="127.0.0.1", web_port=web_port)
    addresses.choose()
    return addresses


def test_two_demos_that_start_together_have_no_port_in_common(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    one, other = chosen(first), chosen(second)
    assert len({*one.ports.values(), *other.ports.values()}) == 2 * len(FIRST_CHOICE)


def test_ports_are_the_same_at_the_next_start(tmp_path: Path) -> None:
    first = chosen(tmp_path)
    first.release()
    assert chosen(tmp_path).ports == first.ports


def test_kept_ports_that_another_demo_has_reserved_are_left_to_it(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    earlier = chosen(second)
    earlier.release()
    shutil.copy(second / "ports.json", first)
    one, other = chosen(first), chosen(second)
    assert one.ports == earlier.ports
    assert set(one.ports.values()).isdisjoint(other.ports.values())


def test_held_port_can_be_listened_on(tmp_path: Path) -> None:
    addresses = chosen(tmp_path)
    with socket.create_server(("127.0.0.1", addresses.ports["web"])):
        assert addresses.urls.web == f"http://127.0.0.1:{addresses.ports['web']}"


def test_port_that_was_asked_for_is_used(tmp_path: Path) -> None:
    port = free_port()
    assert chosen(tmp_path, port).ports["web"] == port


def test_port_that_was_asked_for_and_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ServiceError, match=f"Port {port} is taken"):
            chosen(tmp_path, port)


def test_kept_port_that_is_taken_now_is_replaced(tmp_path: Path) -> None:
    first = chosen(tmp_path)
    first.release()
    with socket.create_server(("127.0.0.1", first.ports["live"])):
        second = chosen(tmp_path)
    assert second.ports["live"] != first.ports["live"]
    assert second.ports["web"] == first.ports["web"]


def test_keys_are_made_once_and_private(tmp_path: Path) -> None:
    first = keys.load_or_create(tmp_path)
    assert keys.load_or_create(tmp_path) == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    for private, public in keys.KEY_PAIRS.items():
        assert first[public] == public_key_of(first[private])


def test_key_that_a_newer_version_needs_is_added(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"SECRET_KEY": "old"}')
    loaded = keys.load_or_create(tmp_path)
    assert loaded["SECRET_KEY"] == "old"
    assert loaded["BERTH_GRANT_SIGNING_KEY"]
    assert keys.load_or_create(tmp_path) == loaded


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    for code in ("yijing", "zhujiang"):
        (tmp_path / "lots" / code).mkdir(parents=True)
        (tmp_path / "lots" / code / "server.json").write_text("{}")
    servers = {"DATABASE_URL": "postgres://u:p@h/d", "REDIS_URL": "redis://:p@h/0"}
    return Surroundings(tmp_path, chosen(tmp_path), servers, keys.load_or_create(tmp_path))


def test_each_configured_lot_has_its_server_after_the_others(around: Surroundings) -> None:
    by_order = [(spec.order, spec.name) for spec in processes(around)]
    assert by_order == [
        (1, "cashier"),
        (1, "simulator"),
        (1, "web"),
        (1, "live"),
        (1, "worker"),
        (1, "beat"),
        (2, "lot-yijing"),
        (2, "lot-zhujiang"),
    ]


def test_only_the_platform_holds_its_secrets(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://from/outside")
    for spec in processes(around):
        held = {name for name in PLATFORM_SECRETS if name in spec.environment}
        inside = spec.name in {"web", "live", "worker", "beat"}
        assert held == (set(PLATFORM_SECRETS) if inside else set()), spec.name


LISTENER = """
import os, time
from berth.demo.parent import Parent
parent = Parent()
print(os.getpid(), flush=True)
while not parent.wants_to_stop(): time.sleep(0.05)
print("stopping", flush=True)
"""


@pytest.fixture
def under_make(tmp_path: Path):
    """A program that make runs, as `make demo` runs the supervisor; gives make and the program's pid."""
    make = shutil.which("make")
    assert make is not None
    (tmp_path / "listen.py").write_text(LISTENER)
    (tmp_path / "Makefile").write_text(f"all:\n\t@{sys.executable} listen.py\n")
    plain = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}  # we may run under make
    running = subprocess.Popen(
        [make], cwd=tmp_path, env=plain, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert running.stdout is not None
    pid = 0
    try:
        pid = int(running.stdout.readline())
        yield running, pid
    finally:
        running.kill()
        if pid and alive(pid):
            os.kill(pid, signal.SIGKILL)
        running.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere make's state cannot be seen")
def test_interrupt_that_only_make_got_is_noticed(under_make) -> None:
    make, _pid = under_make
    make.send_signal(signal.SIGINT)
    assert make.communicate(timeout=20)[0] == "stopping\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_killed_make_ends_its_program(under_make) -> None:
    make, pid = under_make
    make.kill()
    assert wait_for(lambda: not alive(pid), patience=20)
