"""allauth's hooks."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Members prove an address by a code before allauth signs them in, so no stage is left to go through."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by members.domain.accounts alone, never by allauth's own form."""
        return False

    def get_login_stages(self) -> list[str]:
        return []
