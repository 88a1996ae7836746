"""The small scripts, in a real browser under the real policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.design.browser import serve


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serve() as address:
        yield address


@pytest.fixture
def catalogue(site: str, context: BrowserContext) -> Iterator[Page]:
    """The catalogue in English on a phone; whatever the browser complains of fails the test."""
    context.add_cookies([{"name": "django_language", "value": "en", "url": site}])
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{site}/components/")
    yield page
    assert complaints == []


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_theme_is_switched_and_kept(catalogue: Page) -> None:
    light = background(catalogue)
    catalogue.get_by_role("button", name="Dark").click()
    dark = background(catalogue)
    assert dark != light
    catalogue.reload()
    assert background(catalogue) == dark
    expect(catalogue.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    catalogue.get_by_role("button", name="Like the device").click()
    assert background(catalogue) == light


def test_device_is_followed_until_a_theme_is_chosen_and_paper_is_light(catalogue: Page) -> None:
    light = background(catalogue)
    catalogue.emulate_media(color_scheme="dark")
    dark = background(catalogue)
    assert dark != light
    catalogue.emulate_media(color_scheme="dark", media="print")
    assert background(catalogue) == "rgb(255, 255, 255)"
    catalogue.emulate_media(color_scheme="dark", media="screen")
    catalogue.get_by_role("button", name="Light").click()
    assert background(catalogue) == light
    catalogue.emulate_media(color_scheme="light")
    catalogue.get_by_role("button", name="Dark").click()
    assert background(catalogue) == dark


def test_language_is_switched_in_place(catalogue: Page) -> None:
    catalogue.get_by_role("button", name="中文").click()
    expect(catalogue.get_by_role("heading", name="组件")).to_be_visible()
    assert catalogue.url.endswith("/components/")


def test_dialog_opens_takes_the_focus_and_closes(catalogue: Page) -> None:
    opener = catalogue.get_by_role("button", name="Open dialog")
    opener.click()
    dialog = catalogue.get_by_role("dialog", name="Cancel this booking?")
    expect(dialog).to_be_visible()
    catalogue.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()


def test_plate_is_typed_with_its_own_keys(catalogue: Page) -> None:
    field = catalogue.get_by_label("Plate").first
    field.focus()
    keys = catalogue.locator(".keys:not([hidden])")
    for key in "粤B12345":
        keys.get_by_text(key, exact=True).click()
    expect(field).to_have_value("粤B12345")
    expect(field).to_be_focused()
    keys.get_by_text("⌫").click()
    expect(field).to_have_value("粤B1234")
    keys.get_by_text("Done", exact=True).click()
    expect(catalogue.locator(".keys:not([hidden])")).to_have_count(0)


def test_plate_takes_the_devices_keyboard_too(catalogue: Page) -> None:
    field = catalogue.get_by_label("Plate").first
    field.focus()
    expect(field).to_have_attribute("inputmode", "none")
    catalogue.locator(".keys:not([hidden])").get_by_text("Other keyboard", exact=True).click()
    expect(field).not_to_have_attribute("inputmode", "none")
    field.press_sequentially("粤AD12345")
    expect(field).to_have_value("粤AD12345")


def test_map_draws_pins_and_ground_without_tiles(catalogue: Page) -> None:
    region = catalogue.get_by_role("region", name="Map")
    region.scroll_into_view_if_needed()
    assert sorted(region.locator(".pin__box").all_inner_texts()) == ["full", "¥12.50", "¥5"]
    expect(region.locator("path.map__road")).to_have_count(5)
    expect(region.locator("img")).to_have_count(0)


def test_list_and_map_light_each_other_up(catalogue: Page) -> None:
    row = catalogue.locator('[data-map-item="b"]')
    row.get_by_role("link").focus()
    expect(catalogue.locator(".pin.is-active .pin__box")).to_have_text("¥12.50")
    catalogue.locator(".pin__box", has_text="¥5").hover()
    expect(catalogue.locator('[data-map-item="a"]')).to_have_class("card card--link result is-active")


def test_connection_lost_is_said_and_taken_back(catalogue: Page, context: BrowserContext) -> None:
    banner = catalogue.get_by_text("No connection. What you see may be out of date")
    expect(banner).to_be_hidden()
    context.set_offline(True)
    expect(banner).to_be_visible()
    context.set_offline(False)
    expect(banner).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_screen(catalogue: Page, width: int) -> None:
    catalogue.set_viewport_size({"width": width, "height": 844})
    assert catalogue.evaluate("document.documentElement.scrollWidth") == width


SMALL_TARGETS = """
() => [...document.querySelectorAll('a, button, summary, select, input:not([type=hidden])')]
  .filter((e) => e.getClientRects().length)
  .filter((e) => !e.closest('svg, label, p, .visually-hidden, .error-summary, .leaflet-control, .pin'))
  .filter((e) => {
    const after = getComputedStyle(e, '::after');
    const reach = after.position === 'absolute' ? parseFloat(after.height) : 0;
    return Math.max(e.getBoundingClientRect().height, reach) < 43.5;
  })
  .map((e) => e.outerHTML.slice(0, 120))
"""


def test_touch_targets_are_at_least_44_px_high(catalogue: Page) -> None:
    assert catalogue.evaluate(SMALL_TARGETS) == []


def test_own_bay_is_scrolled_into_sight_on_a_phone(catalogue: Page) -> None:
    inside = """() => {
      const frame = document.querySelector('[data-plan]').getBoundingClientRect();
      const mine = document.querySelector('[data-plan] [data-mine]').getBoundingClientRect();
      return mine.left >= frame.left && mine.right <= frame.right;
    }"""
    assert catalogue.evaluate(inside) is True


def test_skip_link_comes_first_and_leads_to_the_content(catalogue: Page) -> None:
    catalogue.keyboard.press("Tab")
    link = catalogue.get_by_role("link", name="Skip to content")
    expect(link).to_be_focused()
    catalogue.keyboard.press("Enter")
    expect(catalogue.locator("main")).to_be_focused()


def test_second_tap_on_submit_sends_nothing_twice(catalogue: Page) -> None:
    stopped = catalogue.evaluate("""() => {
      const form = document.querySelector('form[role=search]');
      const stopped = [];
      addEventListener('submit', (event) => { stopped.push(event.defaultPrevented); event.preventDefault(); });
      form.requestSubmit();
      form.requestSubmit();
      return stopped;
    }""")
    assert stopped == [False, True]


def test_without_a_connection_a_page_of_ours_comes(catalogue: Page, context: BrowserContext) -> None:
    catalogue.evaluate("navigator.serviceWorker.ready.then(() => true)")
    catalogue.wait_for_function("navigator.serviceWorker.controller !== null")
    context.set_offline(True)
    catalogue.goto(catalogue.url.replace("/components/", "/bookings/"))
    expect(catalogue.get_by_role("heading", name="No connection")).to_be_visible()
    assert catalogue.evaluate("getComputedStyle(document.querySelector('.empty')).display") == "grid"
    context.set_offline(False)


def test_paper_is_light_whatever_the_screen(catalogue: Page) -> None:
    catalogue.get_by_role("button", name="Dark").click()
    catalogue.emulate_media(media="print")
    assert background(catalogue) == "rgb(255, 255, 255)"
    expect(catalogue.locator(".site-nav")).to_be_hidden()
