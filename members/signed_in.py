"""The member behind a request."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from members.models import Member


def member_of(request: HttpRequest) -> Member:
    """For views behind login_required. Raises PermissionDenied for anonymous requests."""
    user = request.user
    if not isinstance(user, Member):
        raise PermissionDenied
    return user
