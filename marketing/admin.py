"""News in the back office: written here, shown and taken off the site by the domain's verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from berth.kernel.errors import DomainError
from marketing.domain import announcements
from marketing.models import Announcement


class AnnouncementForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Announcement
        fields = ["title_zh", "title_en", "body_zh", "body_en", "lot", "pinned", "published_at", "expires_at"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        published, expires = cleaned.get("published_at"), cleaned.get("expires_at")
        if published and expires and expires <= published:
            self.add_error("expires_at", _("The end must be after the publication."))
        if bool(cleaned.get("title_en")) != bool(cleaned.get("body_en")):
            self.add_error("title_en", _("Give title and text in English, or neither: then the Chinese is shown."))
        return cleaned


@admin.register(Announcement)
class AnnouncementAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = AnnouncementForm
    list_display = ["title", "lot", "pinned", "on_site", "published_at", "expires_at"]
    list_filter = ["pinned", "lot", "published_at"]
    search_fields = ["title_zh", "title_en", "body_zh", "body_en"]
    list_select_related = ["lot"]
    date_hierarchy = "published_at"
    actions = ["publish", "withdraw"]

    @admin.display(description=gettext_lazy("on the site"), boolean=True)
    def on_site(self, announcement: Announcement) -> bool:
        now, expires = timezone.now(), announcement.expires_at
        begun = announcement.published_at is not None and announcement.published_at <= now
        return begun and (expires is None or expires > now)

    @admin.action(description=gettext_lazy("Publish now"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Announcement]) -> None:
        self._each(request, queryset, lambda one: announcements.publish(announcement=one))

    @admin.action(description=gettext_lazy("Take off the site"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Announcement]) -> None:
        self._each(request, queryset, lambda one: announcements.withdraw(announcement=one))

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Announcement], verb: Callable[[Announcement], Announcement]
    ) -> None:
        done = 0
        for announcement in queryset:
            try:
                verb(announcement)
                done += 1
            except DomainError as error:
                self.message_user(request, f"{announcement}: {error.message}", messages.ERROR)
        if done:
            text = ngettext("%(count)s announcement changed.", "%(count)s announcements changed.", done)
            self.message_user(request, text % {"count": done}, messages.SUCCESS)
