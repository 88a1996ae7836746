"""Cases are given to somebody, resolved with a note, and a day is closed when none is nobody's."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import Conflict, InvalidInput, NotAllowed
from finance.models import Difference, Reconciliation
from members.models import Member

MAY = "finance.close_reconciliation"


def assign(*, case_id: int, to: Member, by: Member) -> Difference:
    """Somebody looks after it. Raises NotAllowed, Conflict (``case_resolved``)."""
    with transaction.atomic():
        case = _open_case(case_id, by)
        case.assignee = to
        case.save(update_fields=["assignee"])
    return case


def resolve(*, case_id: int, note: str, by: Member) -> Difference:
    """It is explained or mended. Raises NotAllowed, InvalidInput (field ``note``), Conflict (``case_resolved``)."""
    note = note.strip()
    if not note:
        message = _("Say how it was explained or mended.")
        raise InvalidInput("note_missing", message, fields={"note": message})
    with transaction.atomic():
        case = _open_case(case_id, by)
        case.note, case.resolved_at = note[:300], timezone.now()
        case.assignee = case.assignee or by
        case.save(update_fields=["note", "resolved_at", "assignee"])
    return case


def close_day(*, reconciliation_id: int, by: Member) -> Reconciliation:
    """The day is done: every difference is resolved or somebody's. Twice is once.

    Raises NotAllowed, Conflict (``cases_of_nobody``).
    """
    _allowed(by)
    with transaction.atomic():
        run = Reconciliation.objects.select_for_update(no_key=True).get(pk=reconciliation_id)
        if run.closed_at is None:
            if run.differences.filter(resolved_at=None, assignee=None).exists():
                raise Conflict("cases_of_nobody", _("Somebody has to look after each difference first."))
            run.closed_at, run.closed_by = timezone.now(), by
            run.save(update_fields=["closed_at", "closed_by"])
    return run


def _open_case(case_id: int, by: Member) -> Difference:
    _allowed(by)
    case = Difference.objects.select_for_update(no_key=True).get(pk=case_id)
    if case.resolved_at is not None:
        raise Conflict("case_resolved", _("This difference was resolved already."))
    return case


def _allowed(by: Member) -> None:
    if not by.has_perm(MAY):
        raise NotAllowed("reconciliation", _("You may not work on the reconciliation."))
