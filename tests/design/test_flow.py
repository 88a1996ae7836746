"""Steps, timeline, tabs, pages, empty, loading, notes, dialogs."""

from __future__ import annotations

from datetime import UTC, datetime

import time_machine
from django.core.paginator import Paginator
from django.test import RequestFactory

from tests.design.rendering import of_class, render, texts, tree


def test_stepper_says_where_one_is() -> None:
    steps = tree("{% stepper steps 2 %}", steps=["Spot", "Payment", "Booked"])
    assert [step.get("class", "").split("--")[1] for step in steps] == ["done", "now", "ahead"]
    assert [step.get("aria-current") for step in steps] == [None, "step", None]
    assert [texts(step) for step in steps] == [["Spot"], ["2", "Payment"], ["3", "Booked"]]
    assert of_class(steps, "icon")[0].get("aria-label") == "done"


@time_machine.travel(datetime(2026, 11, 25, 2, tzinfo=UTC), tick=False)
def test_timeline_tells_what_when_and_how_it_went() -> None:
    events = [
        {"title": "Plate read", "at": datetime(2026, 11, 25, 1, tzinfo=UTC), "icon": "camera", "text": "sure"},
        {"title": "Lock opened", "tone": "green"},
    ]
    items = tree("{% timeline events zone='Asia/Shanghai' %}", events=events)
    assert [texts(item) for item in items] == [["Plate read", "today 09:00", "sure"], ["Lock opened"]]
    assert items[1].get("class") == "timeline__event timeline__event--green"


def test_tabs_and_segments_mark_the_current_one() -> None:
    items = [{"label": "Ahead", "href": "?a", "active": True, "count": 0}, {"label": "Past", "href": "?p"}]
    tabs = tree("{% tabs items 'Bookings' %}", items=items)
    assert tabs.get("aria-label") == "Bookings"
    assert [(tab.get("href"), tab.get("aria-current"), texts(tab)) for tab in tabs] == [
        ("?a", "page", ["Ahead", "0"]),
        ("?p", None, ["Past"]),
    ]
    segments = tree("{% segmented items 'View' %}", items=items)
    assert [segment.get("aria-current") for segment in segments] == ["true", None]


def test_pagination_keeps_the_rest_of_the_query() -> None:
    page = Paginator(range(200), 20).get_page(3)
    request = RequestFactory().get("/bookings/", {"q": "a b", "page": "3"})
    nav = tree("{% pagination page %}", page=page, request=request)
    links = [(link.get("href"), link.get("aria-current")) for link in nav.iter("a")]
    assert links[0] == ("?q=a+b&page=2", None)
    assert links[-1] == ("?q=a+b&page=4", None)
    assert [link for link in links if link[1]] == [("?q=a+b&page=3", "page")]
    assert texts(of_class(nav, "pagination__place")[0]) == ["3 / 10"]


def test_one_page_needs_no_pagination() -> None:
    assert render("{% pagination page %}", page=Paginator([1], 20).get_page(1)) == ""


def test_empty_state_leads_on() -> None:
    empty = tree("{% empty_state 'ticket' 'No bookings yet' 'Find a spot.' '/search/' 'Find parking' %}")
    assert texts(empty) == ["No bookings yet", "Find a spot.", "Find parking"]
    assert next(empty.iter("a")).get("href") == "/search/"
    assert list(tree("{% empty_state 'ticket' 'None' %}").iter("a")) == []


def test_loading_is_said_and_drawn() -> None:
    skeleton = tree("{% skeleton 'rows' 2 %}")
    assert (skeleton.get("role"), texts(skeleton)) == ("status", ["Loading…"])
    assert len(of_class(skeleton, "skeleton--text")) == 2


def test_progress_says_what_is_happening() -> None:
    known = tree("{% progress 'Try 2 of 5' 2 5 %}")
    assert (known[1].get("value"), known[1].get("max"), texts(known)) == ("2", "5", ["Try 2 of 5"])
    assert tree("{% progress 'Waiting' %}")[1].get("value") is None


def test_note_wraps_its_content_and_trouble_is_an_alert() -> None:
    note = tree("{% note 'bad' %}<b>{{ text }}</b>{% endnote %}", text="a < b")
    assert (note.get("class"), note.get("role"), texts(note)) == ("note note--bad", "alert", ["a < b"])
    assert tree("{% note %}x{% endnote %}").get("role") is None


def test_dialog_is_native_and_named() -> None:
    dialog = tree("{% dialog 'cancel' title %}<p>{{ title }}</p>{% enddialog %}", title="Cancel <this>?")
    assert (dialog.tag, dialog.get("id"), dialog.get("aria-labelledby")) == ("dialog", "cancel", "cancel-title")
    assert texts(dialog) == ["Cancel <this>?", "Cancel <this>?"]
