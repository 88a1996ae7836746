"""`python -m hardware.lotserver --config server.json`: run one lot."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path

from hardware.lotserver.config import load
from hardware.lotserver.worker import make_app


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m hardware.lotserver", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--capture", type=Path, metavar="DIRECTORY", help="keep every frame of the lines there (pcap)")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    try:
        config = load(arguments.config)
    except (OSError, KeyError, TypeError, ValueError) as error:
        print(f"{arguments.config}: {error!r}", file=sys.stderr)
        return 2
    if arguments.capture and not os.access(arguments.capture, os.W_OK | os.X_OK):
        print(f"{arguments.capture}: not a directory that can be written to", file=sys.stderr)
        return 2
    app = make_app(replace(config, capture=arguments.capture))
    app.worker_main(
        [
            "worker",
            "--pool=threads",
            "--concurrency=2",
            f"--queues={config.queue}",
            f"--hostname=lot-{config.lot}@%h",
            "--without-gossip",
            "--without-mingle",
            "--loglevel=INFO",
        ]
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
