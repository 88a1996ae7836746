"""What the content security policy forbids does not stand in any template, script or style sheet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from berth.design.icons import drawings

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "platform/berth/static/berth"
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
STYLE_SHEETS = sorted((STATIC / "css").rglob("*.css"))
FORBIDDEN_IN_TEMPLATES = {
    "style attribute": r"<[^>]*\sstyle\s*=",
    "style element": r"<style\b",
    "event handler": r"<[^>]*\son[a-z]+\s*=\s*[\"']",
    "htmx handler": r"\shx-on[:-]",
    "javascript address": r"(?:href|src|action)\s*=\s*[\"']\s*javascript:",
    "foreign file": r"<(?:script|link|img|iframe|source)\b[^>]*\s(?:src|href)\s*=\s*[\"'](?:https?:)?//",
}
FORBIDDEN_IN_SCRIPTS = {
    "eval": r"\beval\(|new Function\(",
    "markup from text": r"\binnerHTML\b|\bouterHTML\b|insertAdjacentHTML|document\.write",
    "style attribute": r"setAttribute\(\s*[\"']style",
    "foreign address": r"[\"'`]https?://",
}
FORBIDDEN_IN_STYLES = {"import": r"@import", "foreign address": r"url\(\s*[\"']?(?:https?:)?//"}


def found(rules: dict[str, str], text: str) -> list[str]:
    return [name for name, pattern in rules.items() if re.search(pattern, text)]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_keeps_the_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert found(FORBIDDEN_IN_TEMPLATES, text) == []
    inline = [tag for tag in re.findall(r"<script\b[^>]*>", text) if "src=" not in tag and "nonce=" not in tag]
    assert inline == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_script_keeps_the_policy(path: Path) -> None:
    assert found(FORBIDDEN_IN_SCRIPTS, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", STYLE_SHEETS, ids=name_of)
def test_style_sheet_keeps_the_policy(path: Path) -> None:
    assert found(FORBIDDEN_IN_STYLES, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('<p class="a" style="color: red">', "style attribute"),
        ('<button onclick="x()">', "event handler"),
        ('<script src="https://cdn.example/x.js"></script>', "foreign file"),
        ('<a href="javascript:void(0)">', "javascript address"),
    ],
)
def test_scan_finds_what_it_looks_for(text: str, name: str) -> None:
    assert found(FORBIDDEN_IN_TEMPLATES, text) == [name]


def test_every_icon_that_templates_name_is_drawn() -> None:
    named = set()
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r"""{%\s*(?:icon|empty_state)\s+["']([\w-]+)["']""", text))
        named |= set(re.findall(r"""{%[^%]*\bicon=["']([\w-]+)["']""", text))
    assert named - set(drawings()) == set()
    assert {"search", "lock-open", "ticket"} <= named, "the pattern reads both tags"
