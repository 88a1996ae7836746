"""Who may see a lot's desk."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from lots.models import Lot
from members.models import Member
from members.signed_in import member_of


def lots_of(member: Member) -> QuerySet[Lot]:
    """The lots at which the member works; all of them for superusers."""
    return Lot.objects.all() if member.is_superuser else Lot.objects.filter(staff__member=member)


def staffed_lot(request: HttpRequest, code: str) -> Lot:
    """The lot whose desk is asked for. Raises Http404 if there is none, PermissionDenied to who does not work there."""
    lot = get_object_or_404(Lot, code=code)
    if not lots_of(member_of(request)).filter(pk=lot.pk).exists():
        raise PermissionDenied
    return lot
