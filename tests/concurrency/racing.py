"""Many clients at one moment: a thread and a database connection each, started by one barrier."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

PATIENCE = 60
"""Seconds until a client that hangs fails the test instead of the suite."""


def race(clients: int, action: Callable[[int], Any]) -> list[Any]:
    """``action(number)`` by each client at once; what each returned or the exception that it raised, by number."""
    start = threading.Barrier(clients)
    outcomes: list[Any] = [None] * clients

    def run(number: int) -> None:
        try:
            connection.ensure_connection()
            start.wait(PATIENCE)
            outcomes[number] = action(number)
        except Exception as error:
            outcomes[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "a client hangs"
    return outcomes
