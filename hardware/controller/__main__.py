"""`python -m hardware.controller --config controller.json`: one controller, on its two serial ports."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from pathlib import Path

from hardware.controller.config import load, panel_of
from hardware.controller.drivers import DRIVERS
from hardware.controller.program import ControllerProgram


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m hardware.controller", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # silence of a lock is told by its twin, not by a log
    try:
        config = load(arguments.config)
    except (OSError, KeyError, TypeError, ValueError) as error:
        print(f"{arguments.config}: {error!r}", file=sys.stderr)
        return 2
    driver = DRIVERS[config.driver](config.bus_device, config.bus_baud)
    program = ControllerProgram(config, driver=driver, panel=panel_of(config))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: program.stop())
    return program.run()


if __name__ == "__main__":
    sys.exit(main())
