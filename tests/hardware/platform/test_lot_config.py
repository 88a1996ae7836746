"""The files that lot servers and the simulator start with: kept keys, private files, loadable by both."""

from __future__ import annotations

import json
import socket
import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from berth.kernel import signatures
from hardware.lotserver import config as server_config
from hardware.models import AccessCard
from hardware.simulator import config as simulator_config
from tests.hardware.making import make_site

pytestmark = pytest.mark.django_db


def write(directory: Path, *more: str) -> str:
    out = StringIO()
    options = ["--directory", str(directory), "--platform-url", "http://127.0.0.1:8000/"]
    call_command("lot_config", *options, "--broker-url", "redis://127.0.0.1:6379/0", *more, stdout=out)
    return out.getvalue()


def server_of(directory: Path, site) -> dict:
    return json.loads((directory / site.lot.code / "server.json").read_text())


def test_the_lot_server_can_read_its_file(site, signing_key, tmp_path):
    write(tmp_path)
    config = server_config.load(tmp_path / site.lot.code / "server.json")
    (line,) = config.lines
    assert (config.lot, config.platform_url, config.timezone) == (
        site.lot.code,
        "http://127.0.0.1:8000",
        "Asia/Shanghai",
    )
    assert config.platform_public_key == signatures.public_key_of(signing_key)
    assert [(c.code, c.address, c.locks) for c in line.controllers] == [
        ("C1", 1, ("A-11", "A-12")),
        ("C2", 2, ("A-21", "A-22")),
    ]
    assert [(gate.code, gate.direction) for gate in config.gates] == [("in-1", "entry"), ("out-1", "exit")]
    assert set(config.spots) == {"A-11", "A-12", "A-21", "A-22"}


def test_the_simulator_plays_the_same_devices(site, signing_key, tmp_path):
    AccessCard.objects.create(lot=site.lot, chip_uid="04A1B2C3D4E5F6", state_at=timezone.now())
    write(tmp_path, "--simulator")
    server = server_config.load(tmp_path / site.lot.code / "server.json")
    (played,) = simulator_config.load(tmp_path / "simulator.json")
    assert [line.server_device for line in played.lines] == [line.device for line in server.lines]
    assert [(c.code, bytes.fromhex(c.scbk)) for c in played.controllers] == [
        (c.code, c.scbk) for c in server.lines[0].controllers
    ]
    assert [(g.card_device, g.barrier_device, g.barrier_unit) for g in played.gates] == [
        (g.card_device, g.barrier.device, g.barrier.unit) for g in server.gates
    ]
    assert [(g.camera.username, g.camera.password) for g in played.gates] == [
        (g.camera.username, g.camera.password) for g in server.gates
    ]
    assert played.gates[0].camera.url == f"http://127.0.0.1:{server.listen[1]}/cameras/hikvision/in-1"
    assert [g.cards for g in played.gates] == [["04A1B2C3D4E5F6"], []]


def test_without_being_asked_nothing_is_simulated(site, signing_key, tmp_path):
    write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [site.lot.code]


def test_keys_are_kept_when_it_runs_again(site, signing_key, tmp_path):
    write(tmp_path)
    first = server_of(tmp_path, site)
    write(tmp_path)
    assert server_of(tmp_path, site) == first


def test_new_settings_come_in_beside_the_old_keys(site, signing_key, tmp_path):
    write(tmp_path)
    first = server_of(tmp_path, site)
    site.controllers[0].label_en = "The first controller"
    site.controllers[0].save()
    write(tmp_path)
    second = server_of(tmp_path, site)
    controller = second["lines"][0]["controllers"][0]
    assert controller["label_en"] == "The first controller"
    assert controller["scbk"] == first["lines"][0]["controllers"][0]["scbk"]
    assert second["lot_private_key"] == first["lot_private_key"]


def test_every_key_is_another(site, signing_key, tmp_path):
    other = make_site()
    write(tmp_path)
    one, two = server_of(tmp_path, site), server_of(tmp_path, other)
    for name in ("lot_private_key", "card_master_key"):
        assert one[name] != two[name]
    keys = {c["scbk"] for server in (one, two) for c in server["lines"][0]["controllers"]}
    passwords = {gate["camera"]["password"] for server in (one, two) for gate in server["gates"]}
    assert (len(keys), len(passwords)) == (4, 4)
    assert one["listen"]["port"] != two["listen"]["port"]


def test_files_with_keys_are_for_the_owner_alone(site, signing_key, tmp_path):
    write(tmp_path, "--simulator")
    for path in (tmp_path / site.lot.code / "server.json", tmp_path / "simulator.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_public_key_is_registered_once(site, signing_key, tmp_path):
    assert "registered" in write(tmp_path)
    assert "registered" not in write(tmp_path)
    assert site.server.public_key == signatures.public_key_of(server_of(tmp_path, site)["lot_private_key"])


def test_a_port_that_somebody_else_took_is_changed(site, signing_key, tmp_path):
    write(tmp_path, "--simulator")
    port = server_of(tmp_path, site)["listen"]["port"]
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        write(tmp_path, "--simulator")
    changed = server_of(tmp_path, site)["listen"]["port"]
    assert changed != port
    assert f":{changed}/" in (tmp_path / "simulator.json").read_text()


def test_only_named_lots_are_written(site, signing_key, tmp_path):
    make_site()
    write(tmp_path, "--lot", site.lot.code)
    assert [path.name for path in tmp_path.iterdir()] == [site.lot.code]


def test_a_lot_that_is_none_is_refused(site, signing_key, tmp_path):
    with pytest.raises(CommandError, match="atlantis"):
        write(tmp_path, "--lot", "atlantis")


def test_without_the_signing_key_nothing_is_written(site, settings, tmp_path):
    settings.GRANT_SIGNING_KEY = ""
    with pytest.raises(CommandError, match="BERTH_GRANT_SIGNING_KEY"):
        write(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_file_that_is_spoilt_is_not_overwritten(site, signing_key, tmp_path, content):
    write(tmp_path)
    path = tmp_path / site.lot.code / "server.json"
    path.write_text(content)
    with pytest.raises(CommandError):
        write(tmp_path)
    assert path.read_text() == content
