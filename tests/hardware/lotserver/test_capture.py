"""What `--capture` keeps is what was on the wire, read back without any of the code that wrote it."""

from __future__ import annotations

import dataclasses
import struct
import threading

from hardware.line.capture import Capture
from hardware.lotserver.judge import Layout
from hardware.lotserver.lines import Line
from hardware.lotserver.locks import Locks
from hardware.lotserver.store import Store
from hardware.osdp.peripheral import Credentials, Peripheral
from hardware.osdp.peripheral_rules import Facts
from hardware.osdp.replies import PdId
from hardware.osdp.vendor import BERTH
from hardware.simulator.line import SimulatedLine
from tests.hardware.lotserver.world import make_config, scbk


def records(path):
    """A pcap file's records: (time, bytes). Written after the format's description."""
    raw = path.read_bytes()
    assert struct.unpack_from("<IHHiIII", raw) == (0xA1B2C3D4, 2, 4, 0, 0, 1440, 162)
    at, found = 24, []
    while at < len(raw):
        seconds, micro, kept, length = struct.unpack_from("<IIII", raw, at)
        assert kept == length <= len(raw) - at - 16
        found.append((seconds + micro / 1e6, raw[at + 16 : at + 16 + kept]))
        at += 16 + kept
    return found


class Controller:
    """A resident of the line: the first of the lot's controllers."""

    def __init__(self):
        self.peripheral = Peripheral(1, Facts(PdId(BERTH, 1, 1, 1, (1, 0, 0))), Credentials(bytes.fromhex(scbk(1))))

    def hear(self, portion, now):
        self.peripheral.receive(portion, now)
        return self.peripheral.next_output() or b""


def test_capture_of_a_lot_servers_line_is_what_was_on_the_wire(tmp_path):
    config = dataclasses.replace(make_config(tmp_path), capture=tmp_path)
    store = Store(config.store)
    locks = Locks(store, Layout(config), lambda spot: None)
    line = Line(config, config.lines[0], store, locks, lambda write, number, report: None)
    controller, wire, enough = Controller(), [], threading.Event()

    def listen(node, portion, at):
        wire.append((node, bytes(portion)))
        if controller.peripheral.is_online and len(wire) > 60:
            enough.set()

    with SimulatedLine(["server"], links={"server": tmp_path / "line-1"}, residents={"c1": controller}) as simulated:
        simulated.listen(listen)
        line.start()
        assert enough.wait(20)
        line.stop()
    store.close()
    (path,) = tmp_path.glob("line-1-*.pcap")
    assert path.stat().st_mode & 0o777 == 0o600
    found = records(path)
    frames = [data for _, data in found]
    assert all(data[0] == 0x53 and int.from_bytes(data[2:4], "little") == len(data) for data in frames)
    assert [at for at, _ in found] == sorted(at for at, _ in found)
    for node, reply in (("server", 0), ("c1", 0x80)):
        kept = b"".join(data for data in frames if data[1] & 0x80 == reply)
        carried = b"".join(portion for name, portion in wire if name == node)
        assert len(kept) > 200
        assert kept.startswith(carried) or carried.startswith(kept)
        assert abs(len(kept) - len(carried)) < 100  # the exchange in which the line was stopped


def test_noise_between_frames_is_kept_apart(tmp_path):
    capture = Capture(tmp_path, 3)
    frame = bytes.fromhex("53 81 08 00 04 40 00 00")
    capture.heard(b"\x00\xff" + frame[:3])
    capture.heard(frame[3:] + frame[:5])
    capture.said(frame)
    capture.close()
    assert [data for _, data in records(capture.path)] == [b"\x00\xff", frame, frame[:5], frame]
