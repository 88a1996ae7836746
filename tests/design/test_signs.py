"""Icon, bay code, plate, lamp, badge, meter."""

from __future__ import annotations

import pytest
from django.template import TemplateSyntaxError

from tests.design.rendering import of_class, render, texts, tree


def test_icon_is_hidden_from_screen_readers() -> None:
    svg = tree('{% icon "check" %}')
    assert svg.attrib == {"class": "icon", "viewBox": "0 0 24 24", "aria-hidden": "true", "focusable": "false"}
    assert [child.tag for child in svg] == ["path"]


def test_icon_with_label_is_an_image_with_that_name() -> None:
    svg = tree('{% icon "check" "l" label %}', label='done "well"')
    assert (svg.get("class"), svg.get("role"), svg.get("aria-label")) == ("icon icon--l", "img", 'done "well"')


def test_icon_of_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(KeyError, match="lock-open"):
        render('{% icon "unicorn" %}')


def test_bay_code_is_not_translated_and_may_be_a_link() -> None:
    assert render('{% bay_code "A-12" %}') == '<span class="bay" translate="no">A-12</span>'
    link = render('{% bay_code "A-12" "xl" href="/x/" %}')
    assert link == '<a class="bay bay--xl" href="/x/" translate="no">A-12</a>'


def test_bay_code_escapes() -> None:
    assert "&lt;b&gt;" in render("{% bay_code code %}", code="<b>")


@pytest.mark.parametrize(
    ("text", "colour", "css", "parts"),
    [
        ("粤B12345", "", "plate plate--blue", ["粤B", "·", "12345"]),
        ("粤b·12345", "", "plate plate--blue", ["粤B", "·", "12345"]),
        ("粤AD12345", "", "plate plate--green", ["粤A", "·", "D12345"]),
        ("沪A88888", "yellow", "plate plate--yellow", ["沪A", "·", "88888"]),
        ("粤Z1234港", "", "plate plate--black", ["粤Z", "·", "1234港"]),
        ("京A1234警", "", "plate plate--white", ["京A", "·", "1234警"]),
        ("m-ab 1234", "", "plate plate--white", ["M-AB 1234"]),
    ],
)
def test_plate_is_painted_as_on_the_car(text: str, colour: str, css: str, parts: list[str]) -> None:
    chip = tree("{% plate text colour %}", text=text, colour=colour)
    assert (chip.get("class"), texts(chip)) == (css, parts)


def test_plate_escapes_what_is_no_plate() -> None:
    assert "<SCRIPT>" not in render("{% plate text %}", text="<script>")


@pytest.mark.parametrize(
    ("state", "shape"), [("green", "circle"), ("amber", "path"), ("red", "path"), ("grey", "circle")]
)
def test_lamp_has_shape_and_word(state: str, shape: str) -> None:
    lamp = tree("{% lamp state 'Lock open' %}", state=state)
    assert lamp.get("class") == f"lamp lamp--{state}"
    assert [child.tag for child in lamp[0]] == [shape]
    assert texts(lamp) == ["Lock open"]


def test_lamps_differ_in_shape_not_in_colour_alone() -> None:
    shapes = {
        render("{% lamp state 'x' %}", state=state).split("<svg")[1] for state in ("green", "amber", "red", "grey")
    }
    assert len(shapes) == 4


def test_lamp_of_an_unknown_state_is_refused() -> None:
    with pytest.raises(ValueError, match="blue"):
        render('{% lamp "blue" "x" %}')


def test_lamp_may_be_large_boxed_and_working() -> None:
    lamp = tree('{% lamp "amber" "Opening" size="large" boxed=True working=True %}')
    assert lamp.get("class") == "lamp lamp--amber lamp--large lamp--boxed lamp--working"


def test_badge_with_icon() -> None:
    badge = tree('{% badge "EV" "action" icon="bolt" %}')
    assert (badge.get("class"), texts(badge), len(of_class(badge, "icon"))) == ("badge badge--action", ["EV"], 1)


@pytest.mark.parametrize(
    ("value", "maximum", "width"), [(17, 34, "50.0%"), (-1, 10, "0.0%"), (11, 10, "100.0%"), (1, 0, "0.0%")]
)
def test_meter_stays_between_nothing_and_all(value: int, maximum: int, width: str) -> None:
    svg = tree("{% meter value maximum label='half' %}", value=value, maximum=maximum)
    assert of_class(svg, "meter__fill")[0].get("width") == width
    assert svg.get("aria-label") == "half"


def test_unknown_tag_argument_is_an_error_in_the_template() -> None:
    with pytest.raises(TemplateSyntaxError):
        render('{% plate "粤B12345" paint="red" %}')
