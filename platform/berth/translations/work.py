"""The three things one does with catalogues: update, check, compile. Each takes the owners to work on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.pofile import PoFileError

from berth.translations import catalogues, checks
from berth.translations.extraction import Message, from_python, from_template
from berth.translations.sources import Owner, owners, python_files, template_files

Wanted = list[tuple[Message, list[str], list[str]]]


def update(root: Path, chosen: Sequence[Owner]) -> Iterator[str]:
    """Bring .po files up to date with the code: new messages come in empty, gone ones go. Yields changes."""
    for owner in chosen:
        rows = wanted(root, owner)
        if not rows and not owner.catalogue.exists():
            continue
        renewed = catalogues.renewed(catalogues.read(owner.catalogue), rows)
        if catalogues.write(owner.catalogue, renewed):
            empty = sum(not all(catalogues.translations_of(e)) for e in catalogues.entries(renewed).values())
            yield f"{owner.name}: {len(rows)} messages, {empty} to translate"


def check(root: Path, chosen: Sequence[Owner]) -> list[str]:
    """All problems of the chosen catalogues, and (when all are chosen) contradictions between them."""
    found: list[str] = []
    read = {}
    for owner in chosen:
        try:
            read[owner.name] = catalogues.read(owner.catalogue)
        except PoFileError as error:
            found.append(f"{owner.name}: broken: {error}")
            continue
        messages = {message for message, _files, _comments in wanted(root, owner)}
        found += [f"{owner.name}: {problem}" for problem in checks.problems(read[owner.name], messages)]
    return [*found, *(checks.conflicts(read) if len(chosen) == len(owners(root)) else ())]


def compile_all(chosen: Sequence[Owner]) -> list[str]:
    """Write .mo files; names of the owners that have a catalogue."""
    having = [owner for owner in chosen if owner.catalogue.exists()]
    for owner in having:
        catalogues.compile_file(owner.catalogue)
    return [owner.name for owner in having]


def wanted(root: Path, owner: Owner) -> Wanted:
    """Every message of the owner with the files that use it and the comments for translators."""
    names = {each.name for each in owners(root)}
    files: dict[Message, set[str]] = defaultdict(set)
    comments: dict[Message, set[str]] = defaultdict(set)
    readers = (from_python, python_files(owner)), (from_template, template_files(root, owner, names))
    for reader, paths in readers:
        for path in paths:
            for found in reader(path):
                files[found.message].add(path.relative_to(root).as_posix())
                comments[found.message] |= {found.comment} - {""}
    return [(message, sorted(files[message]), sorted(comments[message])) for message in files]
