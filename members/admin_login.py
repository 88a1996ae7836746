"""The back office's sign-in, the only one with a password: guessing is slowed down."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class AdminLoginForm(AdminAuthenticationForm):
    """Refuses more tries than ACCOUNT_RATE_LIMITS["admin_login"] allows, per address and per account, right or not."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["username"].label = _("E-mail address")

    def clean(self) -> dict[str, Any]:
        key = str(self.cleaned_data.get("username", "")).lower()
        if not ratelimit.consume(self.request, action="admin_login", key=key):
            raise ValidationError(_("Too many tries. Wait five minutes, then try again."), code="rate_limited")
        cleaned: dict[str, Any] = super().clean()
        return cleaned
