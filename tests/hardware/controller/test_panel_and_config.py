"""What a panel says, what a controller's file says, and the bus thread that nothing may end."""

from __future__ import annotations

import json
import queue
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.controller.config import load
from hardware.controller.job import LockTimes
from hardware.controller.lock_bus import LockBus
from hardware.controller.notices import Notice
from hardware.controller.panel import LARGEST_CREDENTIAL, ButtonPressed, CardShown, SocketPanel, parse
from hardware.controller.verification import VerificationTimes
from hardware.osdp.vendor import LockStatus

CONFIG = {
    "address": 1,
    "scbk": "00" * 16,
    "line": {"device": "/dev/ttyUSB0", "baud": 38400},
    "lock_bus": {"device": "/dev/ttyUSB1", "baud": 19200, "units": [3, 4]},
    "panel": {"socket": "/run/panel.sock"},
}
PATIENCE = 10


def written(directory, **changes):
    path = directory / "controller.json"
    path.write_text(json.dumps({**CONFIG, **changes}))
    return path


def test_times_are_the_product_s_unless_the_file_says_otherwise(tmp_path):
    config = load(written(tmp_path))
    assert (config.lock_times, config.verification_times) == (LockTimes(), VerificationTimes())
    assert (config.lock_times.retries, config.lock_times.retry_interval) == (5, 5.0)
    times = {"lock": {"retry_interval": 0.5}, "verification": {"swipes": 2}}
    config = load(written(tmp_path, times=times))
    assert (config.lock_times, config.verification_times) == (
        LockTimes(retry_interval=0.5),
        VerificationTimes(swipes=2),
    )


@pytest.mark.parametrize(
    "changes", [{"scbk": "00"}, {"scbk": 5}, {"address": 127}, {"line": {}}, {"times": {"lock": {"speed": 1}}}]
)
def test_file_that_is_no_controller_s(tmp_path, changes):
    with pytest.raises((KeyError, TypeError, ValueError)):
        load(written(tmp_path, **changes))


def test_events_of_a_panel():
    assert parse(b'{"card": "0102"}') == CardShown(b"\x01\x02")
    assert parse(b'{"button": true}') == ButtonPressed()
    for other in (b'{"button": false}', b'{"card": ""}', b'{"card": "x"}', b"[]", b"5", b'{"card": 5}', b"\xff"):
        assert parse(other) is None


@pytest.mark.parametrize(("length", "taken"), [(LARGEST_CREDENTIAL, True), (LARGEST_CREDENTIAL + 1, False)])
def test_credential_that_fits_no_message_is_not_taken(length, taken):
    assert (parse(json.dumps({"card": bytes(length).hex()}).encode()) is not None) is taken


@given(st.binary(max_size=100))
def test_no_line_makes_it_raise(line):
    parse(line)


def test_panel_is_found_again_and_shows_the_last_text(tmp_path):
    path = tmp_path / "p.sock"
    panel, events = SocketPanel(str(path)), queue.Queue()
    panel.show(Notice("first", "green", "short"))
    panel.start(events.put)
    for text in ("first", "second"):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            listener.settimeout(PATIENCE)
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as lines:
                assert json.loads(lines.readline()) == {"show": text, "led": "green", "buzzer": "short"}
                connection.sendall(b'{"button": true}\n')
                assert events.get(timeout=PATIENCE) == ButtonPressed()
        path.unlink()
        panel.show(Notice("second", "green", "short"))
    panel.stop()


class Driver:
    """Fails once in a way that no driver should."""

    def __init__(self):
        self.driven, self.failures = queue.Queue(), 2

    def drive(self, unit, lower):
        if self.failures:
            self.failures -= 1
            raise RuntimeError("a driver's bug")
        self.driven.put((unit, lower))

    def read(self, unit):
        if self.failures:
            self.failures -= 1
            raise RuntimeError("a driver's bug")
        return LockStatus.RAISED

    def close(self):
        pass


def test_bus_thread_survives_what_nobody_foresaw():
    seen, driver = threading.Event(), Driver()
    bus = LockBus(driver, (3, 4), lambda lock, status: seen.set(), idle_interval=0.01)
    bus.start()
    assert seen.wait(PATIENCE)
    bus.drive(1, True)
    assert driver.driven.get(timeout=PATIENCE) == (4, True)
    bus.stop()
