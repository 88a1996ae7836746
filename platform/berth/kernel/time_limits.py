"""How long a statement of a request may take before the database gives up on it, by kind of request.

The limit travels in front of each statement (``SET LOCAL …; SELECT …`` is one message and, outside a transaction, one
of its own), so that it costs no round trip and never outlives the statement or its transaction. Leave the role's own
``statement_timeout`` at 0: PostgreSQL starts its clock with the message, and would not start a second one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connection
from django.utils.translation import gettext_lazy as _
from psycopg2.errors import QueryCanceled

from berth.kernel.errors import TooSlow

SEARCH_MS = 2_000
"""A search that takes longer is of no use to who waits for it, and holds up the others."""

PREFIX = "SET LOCAL statement_timeout = {milliseconds:d}; "

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def statements_within(milliseconds: int) -> Iterator[None]:
    """Each statement inside must end in time. Raises TooSlow (503) for one that does not."""
    prefix = PREFIX.format(milliseconds=milliseconds)

    def limited(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        return execute(prefix + sql if isinstance(sql, str) and not many else sql, params, many, context)

    try:
        with connection.execute_wrapper(limited):
            yield
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise TooSlow("too_slow", _("That took too long. Ask for less, or try again in a minute.")) from error
    finally:
        _forget()


def limited_to(milliseconds: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The same for a whole view or function."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(view)
        def within(*args: P.args, **kwargs: P.kwargs) -> R:
            with statements_within(milliseconds):
                return view(*args, **kwargs)

        return within

    return decorate


def _forget() -> None:
    """Inside a transaction of the caller's the setting would outlive us. After an error it is rolled back anyway."""
    if connection.in_atomic_block and not connection.needs_rollback and connection.connection is not None:
        with connection.connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = DEFAULT")
