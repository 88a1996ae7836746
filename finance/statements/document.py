"""A statement as PDF, with Chinese set in a font that every PDF reader has (Adobe's STSong-Light, GB1 collection)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any
from xml.sax.saxutils import escape

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from berth.design.money_words import money_text
from berth.kernel.money import Money
from finance.models import JournalEntry
from finance.statements.lines import Statement

FONT = "STSong-Light"
ROWS_IN_A_TABLE = 400
"""Longer tables are cut: setting one takes time that grows faster than its rows."""
WIDTHS = [34 * mm, 26 * mm, 60 * mm, 26 * mm, 28 * mm]
HEAD = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.lightgrey),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ]
)


def write_pdf(statement: Statement, file: IO[bytes]) -> None:
    """Title, period, opening and closing balance, and a line for each movement."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    title = _("Statement")
    page = SimpleDocTemplate(file, pagesize=A4, title=title, author="Berth", leftMargin=18 * mm, rightMargin=18 * mm)
    page.build(list(_content(statement, title)), onFirstPage=_number, onLaterPages=_number)


def _content(statement: Statement, title: str) -> Iterator[Flowable]:
    plain, small, right = _style(9), _style(8), _style(8, right=True)
    currency = statement.account.currency
    yield Paragraph(escape(f"Berth · {title}"), _style(16))
    yield Spacer(1, 4 * mm)
    holder = statement.account.member.display_name if statement.account.member else ""
    yield Paragraph(escape(f"{holder} · {statement.account}"), plain)
    first, last = date_format(statement.begin, "Y-m-d"), date_format(statement.end, "Y-m-d")
    yield Paragraph(escape(_("From %(first)s up to %(last)s") % {"first": first, "last": last}), plain)
    for label, minor in (
        (_("opening balance"), statement.opening_minor),
        (_("closing balance"), statement.closing_minor),
    ):
        yield Paragraph(escape(f"{label}: {money_text(Money(minor, currency))}"), plain)
    yield Spacer(1, 6 * mm)
    rows: list[list[Any]] = [[Paragraph(text, small) for text in (_("Time"), _("Kind"), _("What for"))]]
    rows[0] += [Paragraph(text, right) for text in (_("Amount"), _("Balance"))]
    kinds = {value: str(label) for value, label in JournalEntry.Kind.choices}
    for line in statement.lines():
        at = f"{timezone.localtime(line.at):%Y-%m-%d %H:%M}"
        texts = (at, kinds.get(line.kind, line.kind), line.memo or line.reference)
        sums = (money_text(Money(line.amount_minor, currency)), money_text(Money(line.balance_minor, currency)))
        rows.append([*(Paragraph(escape(t), small) for t in texts), *(Paragraph(escape(s), right) for s in sums)])
        if len(rows) == ROWS_IN_A_TABLE:
            yield LongTable(rows, WIDTHS, style=HEAD)
            rows = []
    if rows:
        yield LongTable(rows, WIDTHS, style=HEAD, repeatRows=0)


def _style(size: int, *, right: bool = False) -> ParagraphStyle:
    style = ParagraphStyle(f"size-{size}", fontName=FONT, fontSize=size, leading=size * 1.4, wordWrap="CJK")
    if right:
        style.alignment = TA_RIGHT
    return style


def _number(canvas: Any, _document: Any) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, str(canvas.getPageNumber()))
