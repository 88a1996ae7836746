"""The drawings of the sprite, ready to stand inline: no request of their own, and they print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.utils.safestring import SafeString

SPRITE = Path(__file__).resolve().parents[1] / "static" / "berth" / "icons" / "sprite.svg"
_SYMBOL = re.compile(r'<symbol id="([\w-]+)">(.*?)</symbol>', re.DOTALL)


@cache
def drawings() -> Mapping[str, SafeString]:
    """Icon name → its SVG content on a 24 × 24 grid. Safe: it is our own file."""
    found = _SYMBOL.findall(SPRITE.read_text(encoding="utf-8"))
    return {name: SafeString(content) for name, content in found}


def drawing(name: str) -> SafeString:
    """The content of one icon. Raises KeyError with the names that there are."""
    known = drawings()
    if name not in known:
        raise KeyError(f"no icon {name!r}; there are: {', '.join(sorted(known))}")
    return known[name]
