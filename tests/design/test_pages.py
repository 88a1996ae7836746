"""The frame of every page: languages, themes, who sees what, errors."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.constants import ERROR, SUCCESS
from django.contrib.messages.storage.base import Message
from django.test import Client, RequestFactory
from django.utils import translation

from berth.design import navigation, views
from berth.kernel.errors import Conflict
from tests.design.rendering import render, texts, tree


@pytest.fixture
def visitor() -> Client:
    """A browser that is not signed in; these pages need no database."""
    return Client()


@pytest.mark.parametrize(("code", "lang", "heading"), [("zh-hans", "zh-Hans", "组件"), ("en", "en", "Components")])
def test_catalogue_in_both_languages(visitor: Client, code: str, lang: str, heading: str) -> None:
    visitor.cookies["django_language"] = code
    page = visitor.get("/components/").content.decode()
    assert f'<html lang="{lang}" data-worker=' in page
    assert f"<h1>{heading}</h1>" in page


@pytest.mark.parametrize(("cookie", "attribute"), [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'),
                                                   ("auto", ""), ('"><script>', "")])  # fmt: skip
def test_theme_comes_from_the_cookie_before_the_first_paint(visitor: Client, cookie: str, attribute: str) -> None:
    visitor.cookies["django_language"] = "en"
    visitor.cookies["theme"] = cookie
    assert f'<html lang="en"{attribute} data-worker=' in visitor.get("/components/").content.decode()


def test_every_script_is_a_file_of_ours_and_the_policy_allows_no_more(visitor: Client) -> None:
    response = visitor.get("/components/")
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    tags = re.findall(r"<script\b[^>]*>", response.content.decode())
    data = [tag for tag in tags if 'type="application/json"' in tag]
    assert len(tags) - len(data) == 8
    assert [tag for tag in tags if 'src="/static/' not in tag] == data


def test_offline_page(visitor: Client) -> None:
    visitor.cookies["django_language"] = "en"
    assert "Your booking stands." in visitor.get("/offline/").content.decode()


def test_service_worker_keeps_the_offline_page_and_its_files(visitor: Client) -> None:
    response = visitor.get("/service-worker.js")
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    first, second = response.content.decode().splitlines()[:2]
    assert first == 'const OFFLINE = "/offline/";'
    files = json.loads(second.removeprefix("const FILES = ").removesuffix(";"))
    assert files[0] == "/static/berth/css/tokens.css"
    assert [visitor.get("/offline/").content.decode().count(name) for name in files] == [1] * len(files)


def test_unknown_address_is_a_page_of_ours(visitor: Client) -> None:
    visitor.cookies["django_language"] = "zh-hans"
    response = visitor.get("/no/such/page/")
    assert response.status_code == 404
    assert "没有这个页面" in response.content.decode()


@pytest.mark.parametrize(
    ("view", "status", "words"),
    [
        (views.bad_request, 400, "We could not read this request"),
        (views.permission_denied, 403, "This page belongs to somebody else"),
        (views.page_not_found, 404, "There is no such page"),
        (views.server_error, 500, "Something broke on our side"),
    ],
)
def test_error_pages_say_what_happened(view: Any, status: int, words: str) -> None:
    request = RequestFactory().get("/x/")
    request.user = AnonymousUser()
    response = view(request)
    assert response.status_code == status
    assert words in response.content.decode()


def test_server_error_needs_neither_request_nor_database() -> None:
    page = views.server_error(RequestFactory().get("/")).content.decode()
    assert "What was confirmed to you stays confirmed" in page
    assert 'rel="stylesheet"' in page


@pytest.mark.parametrize(("name", "words"), [("429.html", "wait a minute"), ("403_csrf.html", "send it once more")])
def test_pages_that_django_and_allauth_look_for(name: str, words: str) -> None:
    assert words in render("{% include name %}", name=name)


def test_refusal_shows_the_message_of_the_domain() -> None:
    error = Conflict("taken", "Somebody was faster.", fields={"start": "Choose another time."})
    page = render("{% include 'pages/refused.html' %}", error=error)
    assert "<h1>Somebody was faster.</h1>" in page
    assert "Choose another time." in page


def test_messages_become_toasts() -> None:
    messages = [Message(ERROR, "No <room>"), Message(SUCCESS, "Saved")]
    toasts = tree("{% include 'components/toasts.html' %}", messages=messages)
    assert [toast.get("class") for toast in toasts] == ["toast toast--error", "toast toast--success"]
    assert texts(toasts) == ["No <room>", "Saved"]


class Person(SimpleNamespace):
    """As much of a member as the navigation asks for."""

    is_authenticated = True
    is_staff = False
    is_superuser = False
    works = False

    @property
    def lot_roles(self) -> Any:
        return SimpleNamespace(exists=lambda: self.works)


def names_for(user: Any, path: str = "/", places: Any = navigation.PRIMARY) -> list[str]:
    request = RequestFactory().get(path)
    request.user = user
    return [str(link.label) for link in navigation.links(places, request)]


@pytest.fixture
def _every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_address", lambda name: f"/{name}/")


@pytest.mark.usefixtures("_every_page")
def test_navigation_by_role() -> None:
    assert names_for(AnonymousUser()) == ["Find parking", "Bookings", "My spots"]
    assert names_for(Person()) == ["Find parking", "Bookings", "My spots", "Earnings"]
    assert names_for(Person(works=True)) == ["Find parking", "Bookings", "My spots", "Earnings", "Lot desk"]
    assert names_for(Person(), places=navigation.ACCOUNT) == ["My account", "My cars and plates"]
    assert "Back office" in names_for(Person(is_staff=True), places=navigation.ACCOUNT)


@pytest.mark.usefixtures("_every_page")
def test_navigation_marks_where_one_is() -> None:
    request = RequestFactory().get("/bookings/4711/")
    request.user = Person()
    here = [str(link.label) for link in navigation.links(navigation.PRIMARY, request) if link.here]
    assert here == ["Bookings"]


def test_navigation_leaves_out_pages_that_are_not_there() -> None:
    place = navigation.Place("no_such_page", "Nowhere", "pin", "/nowhere/", lambda user: True)
    assert navigation.links((place,), None) == []


def test_navigation_fits_the_tab_bar_and_has_icons() -> None:
    assert len(navigation.PRIMARY) <= 5
    with translation.override("zh-hans"):
        assert [str(place.label) for place in navigation.PRIMARY] == ["找车位", "预定", "我的车位", "收入", "值班台"]
