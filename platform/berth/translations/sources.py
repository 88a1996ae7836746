"""Which files belong to which catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LOCALE = "zh_Hans"
PROJECT = "berth"
TEMPLATE_SUFFIXES = {".html", ".txt", ".xml", ".svg"}
ADOPTED_TEMPLATES = {"account": "members", "allauth": "members", "mfa": "members"}
"""Folders of templates/ that override a package's pages, and the app of ours that stands for them."""


@dataclass(frozen=True, slots=True)
class Owner:
    """An app (or the project) with one catalogue."""

    name: str
    folder: Path

    @property
    def catalogue(self) -> Path:
        """Its .po file, whether or not it exists yet."""
        return self.folder / "locale" / LOCALE / "LC_MESSAGES" / "django.po"


def owners(root: Path) -> list[Owner]:
    """The apps at the top level (a folder with apps.py is one), and the project."""
    apps = [Owner(path.parent.name, path.parent) for path in sorted(root.glob("*/apps.py"))]
    return [*apps, Owner(PROJECT, root / "platform" / PROJECT)]


def python_files(owner: Owner) -> list[Path]:
    """The app's own code, without migrations (their strings are history)."""
    return sorted(path for path in owner.folder.rglob("*.py") if "migrations" not in path.parts)


def template_files(root: Path, owner: Owner, names: set[str]) -> list[Path]:
    """The owner's templates: its share of templates/ and what lies within the app. `names`: all owners' names."""
    shared = (path for path in _templates_in(root / "templates") if _name_of(path, root, names) == owner.name)
    own = (path for path in _templates_in(owner.folder) if "templates" in path.relative_to(owner.folder).parts)
    return sorted([*shared, *own])


def _templates_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.suffix in TEMPLATE_SUFFIXES and path.is_file())


def _name_of(path: Path, root: Path, names: set[str]) -> str:
    """templates/<app>/… is the app's; templates/*.html, components and the rest are the project's."""
    first = path.relative_to(root / "templates").parts[0]
    adopted = ADOPTED_TEMPLATES.get(first, first)
    return adopted if adopted in names else PROJECT
