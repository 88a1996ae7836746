"""Components take dictionaries and objects alike: a key or an attribute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def read(source: Any, name: str, default: Any = None) -> Any:
    """``source[name]`` of a mapping, else ``source.name``, else ``default``."""
    if isinstance(source, Mapping):
        return source.get(name, default)
    return getattr(source, name, default)
