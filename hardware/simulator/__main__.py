"""`python -m hardware.simulator --config simulator.json`: all simulated lots, and their control API."""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
from pathlib import Path

from hardware.simulator.config import load
from hardware.simulator.control import ControlServer
from hardware.simulator.lot import SimulatedLot


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m hardware.simulator", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--port", type=int, default=int(os.environ.get("BERTH_SIMULATOR_PORT", "0")))
    parser.add_argument("--logs", type=Path, help="folder for the controllers' logs; default: beside the configuration")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        configs = load(arguments.config)
    except (OSError, KeyError, TypeError, ValueError) as error:
        print(f"{arguments.config}: {error!r}", file=sys.stderr)
        return 2
    logs = arguments.logs or arguments.config.parent
    # Unix socket paths are short by law (107 bytes), and the configuration's folder may not be.
    runtime = Path(tempfile.mkdtemp(prefix="berth-"))
    lots = {config.code: SimulatedLot(config, runtime=runtime, logs=logs) for config in configs}
    try:
        serve(lots, arguments.port)
    finally:
        for lot in lots.values():
            lot.stop()
        shutil.rmtree(runtime, ignore_errors=True)
    return 0


def serve(lots: dict[str, SimulatedLot], port: int) -> None:
    """Run until SIGTERM or SIGINT. Processes are started in this thread, which they must not outlive."""
    server = ControlServer(("127.0.0.1", port), lots)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.work.put(None))
    for lot in lots.values():
        lot.start()
    threading.Thread(target=server.serve_forever, name="control", daemon=True).start()
    logging.getLogger(__name__).info("control API on port %s", server.server_address[1])
    while (work := server.work.get()) is not None:
        work()
    server.shutdown()


if __name__ == "__main__":
    sys.exit(main())
