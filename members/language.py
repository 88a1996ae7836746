"""A signed-in member's language follows from device to device; a visitor's lives in Django's cookie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from allauth.account.signals import user_logged_in
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from members.domain.accounts import set_language
from members.models import Member

R = TypeVar("R", bound=HttpResponseBase)


def remember_language(response: R, language: str) -> R:
    """Set the cookie that Django's LocaleMiddleware reads."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


class MemberLanguageMiddleware:
    """When a signed-in member switches the site's language, messages to them switch too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and request.path == reverse("set_language"):
            chosen = response.cookies.get(settings.LANGUAGE_COOKIE_NAME)
            if chosen is not None and isinstance(request.user, Member):
                set_language(member=request.user, language=chosen.value)
        return response


@receiver(user_logged_in)
def speak_the_members_language(
    sender: Any, request: HttpRequest, response: HttpResponse, user: Member, **kwargs: Any
) -> None:
    """On a device that has not chosen, the site speaks what the member chose elsewhere."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        remember_language(response, user.language)
