"""Lots by a few typed letters of their name or address, in either language."""

from __future__ import annotations

from django.db.models import F, FloatField, Q, QuerySet, TextField, Value
from django.db.models.expressions import Func, RawSQL
from django.db.models.functions import Greatest

from lots.models import Lot

MAX_TEXT = 80
_NAMES = ("name_zh", "name_en", "address_zh", "address_en")
_WORDS = RawSQL("(name_zh || ' ' || name_en || ' ' || address_zh || ' ' || address_en)", ())
"""Spelt as the trigram index has it (migration 0003)."""
LIKENESS = 0.5
"""Word similarity from which a misspelt word counts."""


def suggest_lots(text: str, *, limit: int = 8) -> list[Lot]:
    """Published lots that contain ``text`` or nearly so, best first; none for an empty text. One query."""
    text = " ".join(text.replace("\0", "").split())[:MAX_TEXT]
    if not text:
        return []
    contains = Q(pk__in=[])
    for name in _NAMES:
        contains |= Q(**{f"{name}__icontains": text})
    lots: QuerySet[Lot] = Lot.objects.filter(published=True).annotate(words=_WORDS, likeness=_likeness(text))
    return list(lots.filter(contains | Q(likeness__gte=LIKENESS)).order_by(F("likeness").desc(), "code")[:limit])


def _likeness(text: str) -> Greatest:
    """The better of the two names, then anything in the address at half weight."""
    names = [Func(Value(text), F(name), function="word_similarity", output_field=FloatField()) for name in _NAMES[:2]]
    anywhere = Func(
        Value(text, output_field=TextField()),
        F("words"),
        function="word_similarity",
        template="0.9 * %(function)s(%(expressions)s)",
        output_field=FloatField(),
    )
    return Greatest(*names, anywhere)
