"""Rendering one tag and looking at its markup as a tree."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from django.template import Context, Template

_BARE = re.compile(r" (open|hidden|disabled|checked|required|data-[\w-]+)(?=[ >])")
"""Attributes without a value are HTML but not XML."""


def render(source: str, **context: Any) -> str:
    return Template("{% load i18n berth_ui %}" + source).render(Context(context)).strip()


def tree(source: str, **context: Any) -> ElementTree.Element:
    """The rendered markup as XML (void HTML elements must not occur in it)."""
    html = _BARE.sub(r' \1=""', render(source, **context))
    return ElementTree.fromstring(html)  # noqa: S314  our own markup


def texts(element: ElementTree.Element) -> list[str]:
    return [text.strip() for text in element.itertext() if text.strip()]


def of_class(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [node for node in element.iter() if name in node.get("class", "").split()]
