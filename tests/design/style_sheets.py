"""Reading our own style sheets: custom properties per theme, contrast by WCAG 2.2."""

from __future__ import annotations

import re
from pathlib import Path

CSS = Path(__file__).resolve().parents[2] / "platform/berth/static/berth/css"
_PROPERTY = re.compile(r"(--[\w-]+):\s*([^;]+);")
_BOTH = re.compile(r"var\(--light, (?P<light>.+)\)\s+var\(--dark, (?P<dark>.+)\)", re.DOTALL)


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def block(selector: str) -> dict[str, str]:
    """Custom properties of the first rule of tokens.css whose selector list ends with ``selector``."""
    text = without_comments((CSS / "tokens.css").read_text(encoding="utf-8"))
    match = re.search(re.escape(selector) + r"\s*\{([^{}]*)\}", text)
    assert match, f"no rule {selector}"
    return dict(_PROPERTY.findall(match[1]))


def theme(name: str) -> dict[str, str]:
    """Every token as the light or dark theme has it."""
    text = without_comments((CSS / "tokens.css").read_text(encoding="utf-8"))
    tokens = dict(_PROPERTY.findall("".join(re.findall(r"^:root \{([^{}]*)\}", text, flags=re.MULTILINE))))
    assert all(("--light" in value) == ("--dark" in value) for value in tokens.values()), "a value for each theme"
    return {token: _of_theme(value, name) for token, value in tokens.items()}


def _of_theme(value: str, name: str) -> str:
    """What is left of `var(--light, a) var(--dark, b)` where the other of the two is empty."""
    both = _BOTH.fullmatch(value.strip())
    return both[name] if both else value


def colour(tokens: dict[str, str], name: str) -> str:
    """The hex value behind a token, through any number of var()."""
    value = tokens[f"--{name}"]
    while value.startswith("var("):
        value = tokens[value[4:-1]]
    return value


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two colours '#rrggbb'."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
