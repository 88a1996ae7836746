"""Statements of the member's own accounts as files. Another member's account does not exist here (404)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from finance.forms import StatementForm
from finance.models import Account
from finance.statements import Statement, statement_of
from finance.statements.document import write_pdf
from finance.statements.spreadsheets import csv_of, write_xlsx
from members.signed_in import member_of


@never_cache
@login_required
@require_safe
def statement(request: HttpRequest, account_id: int, form: str) -> HttpResponseBase:
    """``?first=YYYY-MM-DD&last=YYYY-MM-DD``, days of the current zone."""
    account = get_object_or_404(Account.objects.select_related("lot"), pk=account_id, member=member_of(request))
    if form not in _FORMS:
        raise Http404
    days = StatementForm(request.GET)
    if not days.is_valid():
        return render(request, "finance/statement_refused.html", {"form": days}, status=400)
    first, last = days.cleaned_data["first"], days.cleaned_data["last"] + timedelta(days=1)
    begin, end = (timezone.make_aware(datetime.combine(day, time())) for day in (first, last))
    return _FORMS[form](statement_of(account, begin=begin, end=end))


def _csv(wanted: Statement) -> HttpResponseBase:
    response = StreamingHttpResponse(csv_of(wanted), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{_name(wanted)}.csv"'
    return response


def _xlsx(wanted: Statement) -> HttpResponseBase:
    return _file(wanted, write_xlsx, "xlsx")


def _pdf(wanted: Statement) -> HttpResponseBase:
    return _file(wanted, write_pdf, "pdf")


def _file(wanted: Statement, write: Callable[[Statement, io.BytesIO], None], suffix: str) -> FileResponse:
    file = io.BytesIO()
    write(wanted, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{_name(wanted)}.{suffix}")


def _name(wanted: Statement) -> str:
    return f"berth-{wanted.account.pk}-{timezone.localtime(wanted.begin):%Y%m%d}"


_FORMS: dict[str, Callable[[Statement], HttpResponseBase]] = {"csv": _csv, "xlsx": _xlsx, "pdf": _pdf}
