"""What a search is narrowed to, each with the address of the same search without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from berth.design.time_words import LOCAL
from lots.models import Lot
from lots.models.spot import FEATURE_LABELS
from trading.search_form import SearchForm


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    href: str


def chips(query: QueryDict, form: SearchForm) -> list[Chip]:
    """In the order of the form."""
    return list(_chips(query, form))


def next_page(query: QueryDict, form: SearchForm, cursor: str) -> str:
    """The same question, its times spelt out: what was left to the clock must not move between two pages."""
    data = query.copy()
    for name in ("start", "end"):
        data[name] = form.cleaned_data[name].strftime(LOCAL)
    data["cursor"] = cursor
    return f"?{data.urlencode()}"


def _chips(query: QueryDict, form: SearchForm) -> Iterator[Chip]:
    cleaned = form.cleaned_data
    for bit, label in FEATURE_LABELS.items():
        if int(bit) in cleaned["feature"]:
            yield Chip(str(label), _without(query, "feature", str(int(bit))))
    if cleaned["kind"]:
        yield Chip(str(Lot.Kind(cleaned["kind"]).label), _without(query, "kind"))
    for name, text in (
        ("height_cm", _("car up to %(cm)s cm high")),
        ("width_cm", _("bay from %(cm)s cm wide")),
        ("length_cm", _("bay from %(cm)s cm long")),
    ):
        if cleaned[name]:
            yield Chip(text % {"cm": cleaned[name]}, _without(query, name))
    if cleaned["repeat"]:
        yield Chip(str(dict(form.fields["repeat"].choices)[cleaned["repeat"]]), _without(query, "repeat"))  # type: ignore[attr-defined]


def _without(query: QueryDict, name: str, value: str | None = None) -> str:
    data = query.copy()
    data.pop("cursor", None)
    kept = [other for other in data.getlist(name) if value is not None and other != value]
    data.setlist(name, kept)
    return f"?{data.urlencode()}"
