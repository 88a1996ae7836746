"""Back-office forms that hold people to the same rules as the pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from berth.kernel.errors import DomainError
from members.domain.vehicles import read_plate
from members.models import Member, Vehicle


class MemberForm(forms.ModelForm):  # type: ignore[type-arg]
    """A member needs a phone number or an e-mail address: it is the only way to sign in."""

    class Meta:
        model = Member
        fields = [
            "display_name", "language", "is_active", "phone", "phone_verified", "email",
            "is_staff", "is_superuser", "groups", "user_permissions",
        ]  # fmt: skip

    def clean_email(self) -> str | None:
        """Lower case, and nothing at all where it is empty: '' would be unique once."""
        return (self.cleaned_data["email"] or "").lower() or None

    def clean_phone(self) -> Any:
        return self.cleaned_data["phone"] or None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not (cleaned.get("phone") or cleaned.get("email")):
            raise forms.ValidationError(_("Enter a phone number or an e-mail address: without one nobody can sign in."))
        return cleaned


class NewMemberForm(MemberForm):
    """A new member signs in by code; a password is not asked for."""

    class Meta:
        model = Member
        fields = ["display_name", "phone", "email", "language"]

    def save(self, commit: bool = True) -> Member:
        self.instance.set_unusable_password()
        member: Member = super().save(commit)
        return member


class VehicleForm(forms.ModelForm):  # type: ignore[type-arg]
    """The plate is read as on the member's own page."""

    class Meta:
        model = Vehicle
        fields = ["member", "plate", "plate_kind", "nickname", "removed_at"]

    def clean_plate(self) -> str:
        try:
            return read_plate(self.cleaned_data["plate"])[0]
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error
