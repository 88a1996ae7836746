"""Statements as CSV, row by row, and as an XLSX workbook written as it is read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import IO

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook

from berth.kernel.money import MINOR_DIGITS
from finance.models import JournalEntry
from finance.statements.lines import Statement

BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheet programs on Chinese systems read UTF-8 as GBK."""
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
BATCH = 500


def csv_of(statement: Statement) -> Iterator[str]:
    """Pieces of the file, a few hundred rows each."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BYTE_ORDER_MARK)
    for number, row in enumerate(_rows(statement), 1):
        writer.writerow(row)
        if number % BATCH == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def write_xlsx(statement: Statement, file: IO[bytes]) -> None:
    """A workbook of one sheet; amounts are numbers."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Statement"))
    for row in _rows(statement, numbers=True):
        sheet.append(row)
    book.save(file)


def _rows(statement: Statement, *, numbers: bool = False) -> Iterator[list[str | float]]:
    """Head, opening balance, movements. Times are local to the active zone; amounts have no signs of thousands."""
    digits = MINOR_DIGITS.get(statement.account.currency, 2)
    kinds = {value: str(label) for value, label in JournalEntry.Kind.choices}

    def amount(minor: int) -> str | float:
        return round(minor / 10**digits, digits) if numbers else _decimal(minor, digits)

    currency, zone = statement.account.currency, timezone.get_current_timezone()
    yield [_("Time"), _("Kind"), _("What for"), _("Amount"), _("Balance"), _("Currency"), _("Reference")]
    yield [_clock(statement.begin, zone), _("opening balance"), "", "", amount(statement.opening_minor), currency, ""]
    for line in statement.lines():
        yield [
            _clock(line.at, zone),
            kinds.get(line.kind, line.kind),
            inert(line.memo),
            amount(line.amount_minor),
            amount(line.balance_minor),
            currency,
            line.reference,
        ]


def inert(text: str) -> str:
    """Text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _decimal(minor: int, digits: int) -> str:
    """-1250 with two digits is -12.50; exact at any size."""
    whole, rest = divmod(abs(minor), 10**digits)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{rest:0{digits}}" if digits else f"{sign}{whole}"


def _clock(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(" ", "seconds")
