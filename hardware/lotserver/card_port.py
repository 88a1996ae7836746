"""A gate's card machine on a port that works: adapters are unplugged and come back."""

from __future__ import annotations

import serial

from hardware.gates.card_host import CardHost, CardMachineError

CARD_BAUD = 9600


class CardPort:
    """For one thread."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._host: CardHost | None = None
        self._port: serial.Serial | None = None

    def machine(self) -> CardHost:
        """One that answers. Raises CardMachineError or OSError."""
        if self._host:
            try:
                self._host.status()
            except (CardMachineError, OSError):
                self.drop()
        if self._host is None:
            self._port = serial.Serial(self._device, CARD_BAUD, timeout=0.05)
            self._host = CardHost(self._port)
        return self._host

    def drop(self) -> None:
        """Open the port anew for the next car."""
        if self._port:
            self._port.close()
        self._port = self._host = None
