"""Where the next page of a search begins: the last row's place in the order, signed and bound to the question."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core import signing
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import InvalidInput
from lots.queries.wishes import Wish

_SALT = "berth.search.cursor"
Key = tuple[float, float, int]
"""(first sort value, distance in m, lot id)."""


def cursor_after(key: Key, wish: Wish, order: str) -> str:
    """Opaque text; the times of a question are part of it, so that pages of two questions never mix."""
    return signing.dumps([*key, _digest(wish, order)], salt=_SALT)


def key_of(cursor: str, wish: Wish, order: str) -> Key:
    """Raises InvalidInput (field ``cursor``) for a cursor that is not ours, or of another question."""
    try:
        first, distance, lot_id, digest = signing.loads(cursor, salt=_SALT)
    except (signing.BadSignature, ValueError):
        raise _refusal(_("This page address was changed. Start the search again.")) from None
    if digest != _digest(wish, order):
        raise _refusal(_("This page belongs to another search. Start the search again."))
    return float(first), float(distance), int(lot_id)


def _digest(wish: Wish, order: str) -> str:
    return hashlib.blake2b(f"{wish!r} {order}".encode(), digest_size=8).hexdigest()


def _refusal(text: Any) -> InvalidInput:
    return InvalidInput("cursor_invalid", text, fields={"cursor": text})
