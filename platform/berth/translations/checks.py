"""What is wrong with a catalogue, a line per message."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from babel.messages.catalog import Catalog

from berth.translations.catalogues import entries, translations_of
from berth.translations.extraction import Message

_PERCENT = re.compile(r"%(?:\((\w+)\))?[#0\-+]*\d*(?:\.\d+)?[sdifgxr%]")
_BRACE = re.compile(r"\{(\w*)(?:[!:][^{}]*)?\}")


def problems(catalogue: Catalog, wanted: AbstractSet[Message]) -> Iterator[str]:
    """Each message that is missing, obsolete, untranslated or fuzzy, or whose placeholders differ."""
    present = entries(catalogue)
    for message in sorted(wanted - present.keys()):
        yield f"missing: {message.text!r}"
    for message, entry in sorted(present.items(), key=lambda item: item[0]):
        forms = translations_of(entry)
        if message not in wanted:
            yield f"obsolete: {message.text!r}"
        elif not all(forms):
            yield f"untranslated: {message.text!r}"
        elif entry.fuzzy:
            yield f"fuzzy: {message.text!r}"
        elif any(placeholders(form) != placeholders(message.plural or message.text) for form in forms):
            yield f"placeholders differ: {message.text!r} → {forms[0]!r}"


def conflicts(catalogues: Mapping[str, Catalog]) -> Iterator[str]:
    """Messages translated differently by two apps: Django merges all catalogues, so only one of the two is shown."""
    translated: dict[Message, dict[tuple[str, ...], str]] = defaultdict(dict)
    for name, catalogue in catalogues.items():
        for message, entry in entries(catalogue).items():
            forms = tuple(translations_of(entry))
            if all(forms):
                translated[message].setdefault(forms, name)
    for message, versions in sorted(translated.items()):
        if len(versions) > 1:
            said = ", ".join(f"{version[0]!r} ({name})" for version, name in versions.items())
            yield f"translated differently: {message.text!r} → {said} (agree, or tell them apart with pgettext)"


def placeholders(text: str) -> list[str]:
    """What is filled in at run time, in an order that does not matter: %(name)s, %s, {name}."""
    percent = [found[0] for found in _PERCENT.finditer(text) if not found[0].endswith("%")]
    return sorted([*percent, *(found[0] for found in _BRACE.finditer(text))])
