"""Places by a few typed letters: lots by name or address, landmarks by name; Chinese, pinyin, initials or English.

Each table has one trigram index over all its words. What contains the text, or has a word much like it (``%>``), is
ranked by how like its name is: a whole name first, then its beginning, then likeness; landmarks before lots of equal
rank, since they are what people name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from lots.models import Landmark, Lot
from lots.models.lot import in_language

MAX_TEXT = 80
LIKENESS = 0.5
"""Word similarity from which a misspelt word counts."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``lot``: its code, or None for a landmark; ``kind``: of the lot or of the landmark."""

    name: str
    kind: str
    detail: str
    latitude: float
    longitude: float
    lot: str | None


_RANKED = """
SELECT {what}, {detail_zh}, {detail_en}, t.name_zh, t.name_en, t.kind, t.latitude, t.longitude, {bonus} + greatest(
        CASE WHEN lower(t.name_zh) = lower(%(text)s) OR lower(t.name_en) = lower(%(text)s)
            OR %(joined)s = ANY(string_to_array(t.pinyin, ' ')) THEN 3 END,
        CASE WHEN t.name_zh ILIKE %(begins)s OR t.name_en ILIKE %(begins)s
            OR t.pinyin LIKE %(joined_begins)s THEN 2 END,
        word_similarity(%(text)s, t.name_zh), word_similarity(%(text)s, t.name_en),
        0.9 * word_similarity(%(text)s, {words}), 0.9 * word_similarity(%(joined)s, t.pinyin)
    ) AS rank
FROM {table} t
WHERE t.published AND ({words} ILIKE %(contains)s OR {words} %%> %(text)s
    OR {words} ILIKE %(joined_contains)s)
ORDER BY rank DESC, t.id LIMIT %(limit)s
"""
_LOTS = _RANKED.format(
    what="t.code",
    detail_zh="t.address_zh",
    detail_en="t.address_en",
    bonus="0",
    words="(t.name_zh || ' ' || t.name_en || ' ' || t.pinyin || ' ' || t.address_zh || ' ' || t.address_en)",
    table="lots_lot",
)
_LANDMARKS = _RANKED.format(
    what="NULL",
    detail_zh="''",
    detail_en="''",
    bonus="0.05",
    words="(t.name_zh || ' ' || t.name_en || ' ' || t.pinyin)",
    table="lots_landmark",
)
_SUGGEST = f"({_LANDMARKS}) UNION ALL ({_LOTS}) ORDER BY rank DESC LIMIT %(limit)s"


def suggest_places(text: str, *, limit: int = 8) -> list[Suggestion]:
    """Published places that contain ``text`` or nearly so, best first; none for an empty text. One query."""
    text = _clean(text)
    if not text:
        return []
    return [
        Suggestion(in_language(name_zh, name_en), _kind_label(lot, kind), in_language(zh, en), latitude, longitude, lot)
        for lot, zh, en, name_zh, name_en, kind, latitude, longitude, _rank in _rows(_SUGGEST, text, limit)
    ]


def suggest_lots(text: str, *, limit: int = 8) -> list[Lot]:
    """The same of lots alone. Two queries."""
    text = _clean(text)
    if not text:
        return []
    codes = [row[0] for row in _rows(_LOTS, text, limit)]
    lots = Lot.objects.in_bulk(codes, field_name="code") if codes else {}
    return [lots[code] for code in codes]


def _rows(sql: str, text: str, limit: int) -> list[tuple[Any, ...]]:
    joined = "".join(text.split()).lower()
    values: dict[str, Any] = {
        "text": text,
        "joined": joined,
        "begins": f"{_literal(text)}%",
        "contains": f"%{_literal(text)}%",
        "joined_begins": f"{_literal(joined)}%",
        "joined_contains": f"%{_literal(joined)}%",
        "limit": limit,
    }
    with connection.cursor() as cursor:
        # The operator's threshold is a setting; sent along, so that it costs no round trip.
        cursor.execute(f"SET LOCAL pg_trgm.word_similarity_threshold = {LIKENESS}; {sql}", values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _clean(text: str) -> str:
    return " ".join(text.replace("\0", "").split())[:MAX_TEXT]


def _literal(text: str) -> str:
    """For LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _kind_label(lot: str | None, kind: str) -> str:
    choices = Lot.Kind if lot else Landmark.Kind
    return str(choices(kind).label)
