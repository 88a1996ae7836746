"""Read, renew and compile one .po file. Written so that a change in the code gives the smallest change in the file."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from berth.translations.extraction import Message
from berth.translations.sources import LOCALE

HEADER = """\
msgid ""
msgstr ""
"Language: zh_Hans\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
"""Ours, without the dates that gettext renews at every run."""


def read(path: Path) -> Catalog:
    """The catalogue in that file; empty if there is none. Raises babel's PoFileError for a broken file."""
    if not path.exists():
        return Catalog(locale=LOCALE)
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE, charset="utf-8", abort_invalid=True)


def entries(catalogue: Catalog) -> dict[Message, Entry]:
    """The entries by message, without the header."""
    return {message_of(entry): entry for entry in catalogue if entry.id}


def message_of(entry: Entry) -> Message:
    """Our key for Babel's entry."""
    text, plural = entry.id if isinstance(entry.id, (tuple, list)) else (entry.id, "")
    return Message(text, plural, entry.context or "")


def translations_of(entry: Entry) -> list[str]:
    """All its translated forms; an untranslated one is "" ."""
    return list(entry.string) if isinstance(entry.string, (tuple, list)) else [entry.string or ""]


def renewed(old: Catalog, wanted: Iterable[tuple[Message, list[str], list[str]]]) -> Catalog:
    """A catalogue of exactly the wanted (message, files, comments), with the old translations where there are any."""
    before = entries(old)
    new = Catalog(locale=LOCALE)
    for message, files, comments in sorted(wanted):
        known = before.get(message)
        key = (message.text, message.plural) if message.plural else message.text
        new.add(
            key,
            string=known.string if known else None,
            locations=[(file, None) for file in files],  # type: ignore[misc]  # Babel writes None as "no line"
            auto_comments=comments,
            user_comments=known.user_comments if known else (),
            context=message.context or None,
        )
    return new


def write(path: Path, catalogue: Catalog) -> bool:
    """Write the .po file if that changes it; whether it did."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=110, omit_header=True, sort_output=True, include_lineno=False)
    content = HEADER.encode() + buffer.getvalue().lstrip(b"\n")
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def compile_file(path: Path) -> None:
    """Write the .mo beside the .po, whole or not at all: another process may be reading it."""
    partial = path.with_suffix(f".mo.{os.getpid()}")
    with partial.open("wb") as file:
        write_mo(file, read(path))
    partial.replace(path.with_suffix(".mo"))
