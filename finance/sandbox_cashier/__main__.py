"""python -m finance.sandbox_cashier: the sandbox bank, until SIGTERM or SIGINT. Its environment: configuration.py."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import django
from django.conf import settings

from finance.sandbox_cashier.configuration import Configuration

LOCALE = Path(__file__).resolve().parents[1] / "locale"


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Django lends its templates and translations; there are no apps and no database in this process.
    settings.configure(USE_I18N=True, LANGUAGE_CODE="zh-hans", LOCALE_PATHS=[LOCALE])
    django.setup()
    from finance.sandbox_cashier.server import CashierServer  # after the settings, which its templates read

    try:
        server = CashierServer(Configuration.read())
    except (KeyError, ValueError, OSError) as error:
        print(f"sandbox cashier: cannot start: {error!r}", file=sys.stderr)
        return 2

    def stop(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown).start()  # it waits for the loop, which runs on this thread

    host, port = server.server_address[:2]
    print(f"sandbox cashier: ready at http://{host!s}:{port}", flush=True)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
