"""Find the messages in code and templates."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.extract import extract
from django.utils.translation.template import templatize

_PLAIN, _PLURAL, _CONTEXT, _CONTEXT_PLURAL = None, (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS: Mapping[str, object] = {
    "_": _PLAIN,
    "gettext": _PLAIN,
    "gettext_lazy": _PLAIN,
    "gettext_noop": _PLAIN,
    "ngettext": _PLURAL,
    "ngettext_lazy": _PLURAL,
    "pgettext": _CONTEXT,
    "pgettext_lazy": _CONTEXT,
    "npgettext": _CONTEXT_PLURAL,
    "npgettext_lazy": _CONTEXT_PLURAL,
}
_STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(rf"\b(gettext|ngettext|pgettext|npgettext|_)\(((?:\s*{_STRING}\s*,?)+)")


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """What a translator sees: the text, its plural ("" if none) and its context ("" if none)."""

    text: str
    plural: str = ""
    context: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A message, and the comment that the code has for its translator."""

    message: Message
    comment: str = ""


def from_python(path: Path) -> Iterator[Found]:
    """Messages of a module. Raises SyntaxError for code that cannot be read."""
    with path.open("rb") as file:
        rows = extract("python", file, keywords=KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True)  # type: ignore[arg-type]  # babel-keywords
        for _line, texts, comments, context in rows:
            text, plural = texts[:2] if isinstance(texts, tuple) else (texts, "")
            if text:
                yield Found(Message(text, plural, context or ""), " ".join(comments))


def from_template(path: Path) -> Iterator[Found]:
    """Messages of a template: translate and blocktranslate tags, and _("…") in any tag or variable."""
    for call in _CALL.finditer(templatize(path.read_text(encoding="utf-8"), origin=str(path))):
        texts = [ast.literal_eval(literal) for literal in re.findall(_STRING, call[2])]
        yield Found(_message(call[1], texts))


def _message(function: str, texts: list[str]) -> Message:
    """By the order of the arguments of gettext's functions."""
    context = texts.pop(0) if "p" in function.removesuffix("gettext") else ""
    plural = texts[1] if "n" in function.removesuffix("gettext") else ""
    return Message(texts[0], plural, context)
