"""libosdp as a process of its own: the independent implementation at the other end of the line.

Argument: one JSON object {"role": "panel" | "peripheral", "device", "address", "key" (hex, or null)}. Orders come in as
JSON lines ({"submit": {…}}, {"identity": true}); what libosdp reports goes out as JSON lines. Bytes are {"hex": "…"}.

libosdp discards a frame that it cannot read whole, so its channel collects bytes and hands over one whole frame at a
time. It never releases the GIL and can abort the process, which is why it is not in the tests' own process.
"""

from __future__ import annotations

import json
import os
import select
import sys
from typing import Any

import osdp
import serial

SOM = 0x53
TURN = 0.005


class WholeFrames(osdp.Channel):
    """A serial port that is read in whole frames. Nothing of the code under test is used here.

    libosdp asks for 64 bytes at a time until there are none, and raises where it is given more: the rest of a longer
    frame waits for its next call.
    """

    def __init__(self, device: str, baud: int = 38400) -> None:
        super().__init__()
        self.port = serial.Serial(device, baud, timeout=0)
        self.buffer = bytearray()
        self.frame = b""

    def read(self, max_bytes: int) -> bytes:
        self.frame = self.frame or self._whole()
        part, self.frame = self.frame[:max_bytes], self.frame[max_bytes:]
        return part

    def _whole(self) -> bytes:
        self.buffer += self.port.read(4096)
        start = self.buffer.find(SOM)
        del self.buffer[: start if start >= 0 else len(self.buffer)]
        if len(self.buffer) < 5:
            return b""
        length = int.from_bytes(self.buffer[2:4], "little")
        if not 7 <= length <= 1440:
            del self.buffer[0]
            return b""
        if len(self.buffer) < length:
            return b""
        frame = bytes(self.buffer[:length])
        del self.buffer[:length]
        return frame

    def write(self, buf: bytes) -> int:
        return self.port.write(buf)

    def flush(self) -> None:
        self.port.reset_input_buffer()
        self.buffer.clear()
        self.frame = b""


def readable(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return {"hex": bytes(value).hex()}
    if isinstance(value, dict):
        return {key: readable(item) for key, item in value.items()}
    return [readable(item) for item in value] if isinstance(value, list | tuple) else value


def native(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"hex"}:
            return bytes.fromhex(value["hex"])
        return {key: native(item) for key, item in value.items()}
    return [native(item) for item in value] if isinstance(value, list) else value


def say(**what: Any) -> None:
    os.write(1, json.dumps(readable(what)).encode() + b"\n")


CAPABILITIES = osdp.PDCapabilities([
    (osdp.Capability.OutputControl, 1, 1),
    (osdp.Capability.LEDControl, 1, 1),
    (osdp.Capability.AudibleControl, 1, 1),
    (osdp.Capability.TextOutput, 1, 1),
    (osdp.Capability.ContactStatusMonitoring, 1, 1),
    (osdp.Capability.CardDataFormat, 1, 0),
    (osdp.Capability.CommunicationSecurity, 1, 1),
    (osdp.Capability.Readers, 1, 1),
])  # fmt: skip


def make(order: dict[str, Any]) -> Any:
    """The libosdp context of the wanted role."""
    key = bytes.fromhex(order["key"]) if order["key"] else None
    flags = [osdp.LibFlag.EnforceSecure] if key else [osdp.LibFlag.InstallMode]
    info = osdp.PDInfo(
        order["address"],
        WholeFrames(order["device"]),
        scbk=key,
        flags=flags,
        id=osdp.PdId(1, 2, 0x425448, 77, 0x010203),
    )
    level = getattr(osdp.LogLevel, order.get("log", "Error"))
    if order["role"] == "panel":
        flags.append(osdp.LibFlag.EnableNotification)

        def on_event(_: int, event: dict[str, Any]) -> int:
            say(event=event)
            return 0

        panel = osdp.ControlPanel([info], level, event_handler=on_event)
        panel.set_command_completion_handler(lambda _, command, status: say(completed=command, status=status))
        return panel

    def on_command(command: dict[str, Any]) -> tuple[int, Any]:
        say(command=command)
        return 0, None

    return osdp.PeripheralDevice(info, CAPABILITIES, level, command_handler=on_command)


def obey(device: Any, role: str, order: dict[str, Any]) -> None:
    if "submit" in order:
        item = native(order["submit"])
        done = device.ctx.submit_command(0, item) if role == "panel" else device.ctx.submit_event(item)
        say(submitted=bool(done))
    elif "identity" in order:
        say(identity=device.ctx.get_pd_id(0))


def main() -> None:
    order = json.loads(sys.argv[1])
    device, role = make(order), order["role"]
    say(ready=True)
    was = None
    pending = b""
    while True:
        ready, _, _ = select.select([0], [], [], TURN)
        if ready:
            data = os.read(0, 65536)
            if not data:
                return
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                obey(device, role, json.loads(line))
        device.ctx.refresh()
        secure = bool(device.ctx.sc_status() if role == "panel" else device.ctx.is_sc_active())
        if secure != was:
            was = secure
            say(secure=secure)


if __name__ == "__main__":
    main()
