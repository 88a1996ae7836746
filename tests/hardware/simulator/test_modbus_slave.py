"""The simulated locks against pymodbus, an implementation that is not ours, over a simulated line."""

from __future__ import annotations

import contextlib

import pytest
from pymodbus.client import ModbusSerialClient

from hardware.controller.lock_bus import UNREACHABLE_AFTER
from hardware.controller.lock_driver import LockUnreachable
from hardware.controller.modbus_locks import ModbusLockDriver
from hardware.osdp.vendor import LockStatus
from hardware.simulator.devices import SimulatedLock
from hardware.simulator.line import SimulatedLine
from hardware.simulator.modbus_slave import ModbusSlaves, crc16


@pytest.fixture
def bus():
    locks = {3: SimulatedLock("A-01"), 4: SimulatedLock("A-02")}
    with SimulatedLine(["master", "locks"], 19200) as line:
        slaves = ModbusSlaves(line.path("locks"), 19200, locks)
        slaves.start()
        yield line, locks
        slaves.stop()


@pytest.fixture
def client(bus):
    client = ModbusSerialClient(bus[0].path("master"), baudrate=19200, timeout=0.5, retries=0)
    assert client.connect()
    yield client
    client.close()


@pytest.fixture
def driver(bus):
    driver = ModbusLockDriver(bus[0].path("master"), 19200)
    yield driver
    driver.close()


def wait_until(driver, unit, status):
    for _ in range(1000):
        if driver.read(unit) == status:
            return
    pytest.fail(f"unit {unit} never showed {status!r}")


def test_crc_of_a_known_frame():
    # Modbus over serial line specification 1.02, appendix B: 02 07 → CRC bytes 41 12
    assert crc16(b"\x02\x07") == b"\x41\x12"


def test_status_is_read_by_unit(bus, client):
    bus[1][4].vehicle_present = True
    assert client.read_discrete_inputs(0, count=5, device_id=3).bits[:5] == [True, False, False, False, False]
    assert client.read_discrete_inputs(0, count=5, device_id=4).bits[:5] == [True, False, False, True, False]


def test_coil_is_written_and_read_back(client):
    assert not client.write_coil(0, True, device_id=3).isError()
    assert client.read_coils(0, count=1, device_id=3).bits[0] is True
    assert client.read_coils(0, count=1, device_id=4).bits[0] is False


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda c: c.read_holding_registers(0, count=1, device_id=3), 1),
        (lambda c: c.read_discrete_inputs(3, count=5, device_id=3), 2),
        (lambda c: c.write_coil(1, True, device_id=3), 2),
    ],
)
def test_what_it_does_not_know_is_an_exception_reply(client, call, code):
    assert call(client).exception_code == code


def test_lock_lowers_and_raises(bus, driver):
    assert driver.read(3) == LockStatus.RAISED
    driver.drive(3, True)
    wait_until(driver, 3, LockStatus.LOWERED)
    driver.drive(3, False)
    wait_until(driver, 3, LockStatus.RAISED)


def test_lock_does_not_rise_under_a_vehicle(bus, driver):
    driver.drive(3, True)
    wait_until(driver, 3, LockStatus.LOWERED)
    bus[1][3].vehicle_present = True
    driver.drive(3, False)
    assert driver.read(3) == LockStatus.LOWERED | LockStatus.VEHICLE


def test_jammed_lock_stays_and_says_so(bus, driver):
    bus[1][3].jam(True)
    driver.drive(3, True)
    assert driver.read(3) == LockStatus.JAMMED
    bus[1][3].jam(False)
    driver.drive(3, True)
    wait_until(driver, 3, LockStatus.LOWERED)


def test_dead_lock_is_unreachable_and_its_neighbour_is_not(bus, driver):
    bus[1][3].silent = True
    with pytest.raises(LockUnreachable):
        driver.read(3)
    assert driver.read(4) == LockStatus.RAISED


def test_noise_costs_at_most_two_reads(bus, driver):
    bus[0].inject(bytes(range(7)))
    answers = []
    for _ in range(UNREACHABLE_AFTER):
        with contextlib.suppress(LockUnreachable):
            answers.append(driver.read(3))
    assert answers[-1] == LockStatus.RAISED
