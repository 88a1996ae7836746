"""The main job on real parts: an idle spot is booked, the car is let in, its lock opens, the owner is paid."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
import requests
from playwright.sync_api import expect

from tests.e2e import people
from tests.e2e.people import PATIENCE, acts, books, finds, lists_spot, next_quarter

pytestmark = pytest.mark.e2e
LOT, BAY = "yijing", "A-12"
OWNER, ZH_RENTER, EN_RENTER, STAFF = "13800000001", "13800000002", "13800000024", "13800000003"


def lot_state(stack):
    return requests.get(f"{stack.urls.simulator}/lots/{LOT}", timeout=5).json()


def controllers(stack):
    """The controller of the bay, and another one."""
    with_bay = [c["code"] for c in lot_state(stack)["controllers"] if BAY in c["spots"]]
    others = [c["code"] for c in lot_state(stack)["controllers"] if BAY not in c["spots"]]
    return with_bay[0], others[0]


@pytest.fixture(scope="module")
def listed(stack, browser):
    """Step 1: the owner lists A-12 and sees it on the site."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    owner = people.Person(context, stack.urls.web, "zh-hans")
    owner.signs_in(OWNER)
    lists_spot(owner, BAY)
    owner.goes(f"/lots/{LOT}/spots/{BAY}/")
    expect(owner.page.locator("main")).to_contain_text("8.00")
    context.close()


@pytest.mark.parametrize(
    ("language", "renter_phone", "plate", "place"),
    [("zh-hans", ZH_RENTER, "粤B12345", "怡景"), ("en", EN_RENTER, "粤A6K8Q2", "Yijing")],
)
def test_story(stack, listed, person, language, renter_phone, plate, place):
    renter = person(language, phone=True)
    renter.chooses_language()
    renter.signs_in(renter_phone)
    start = next_quarter()
    end = start + timedelta(hours=2)

    # 2. search, book, pay, plate
    finds(renter, place, start, end)
    expect(renter.page.locator("main")).to_contain_text(re.compile(r"¥\d+\.\d\d"))
    booking = books(renter, LOT, BAY, start, end, plate)

    # 3. the car arrives: camera, card, barrier
    driver, desk = person(language), person(language)
    desk.chooses_language()
    desk.signs_in(STAFF)
    desk.goes(f"/staff/{LOT}/")
    driver.goes(f"/simulator/{LOT}/")
    expect(desk.page.locator("#cars")).to_contain_text(plate[2:])
    driver.page.fill("#sim-plate", plate)
    driver.page.locator("form:has(#sim-plate) button[type=submit]").first.click()
    right, wrong = controllers(stack)
    driver.page.wait_for_selector(f"#do-swipe-{plate}{wrong}")

    # 4. the wrong controller shows the way; with the platform stopped the right one opens
    acts(driver, LOT, "swipe", plate + wrong)
    expect(driver.page.locator(".sim-display", has_text=BAY).first).to_be_visible(timeout=PATIENCE)
    acts(driver, LOT, "swipe", plate + right)
    expect(renter.page.locator("#now")).to_contain_text(re.compile("|".join(OPEN_WORDS[language])), timeout=PATIENCE)
    expect(desk.page.locator("#plan")).to_contain_text(BAY)
    driver.page.wait_for_selector(f"#do-car_leaves-{plate}")

    # 5. the car leaves: card collected, stay ended, lock raised, spot searchable again
    expect(driver.page.locator(".sim-car", has_text=BAY)).to_be_visible(timeout=PATIENCE)
    acts(driver, LOT, "car_leaves", plate)
    expect(renter.page.locator("#now a[href$='/receipt/']").first).to_be_visible(timeout=PATIENCE)
    rest = next_quarter()
    renter.goes(f"/lots/{LOT}/spots/{BAY}/?start={rest:%Y-%m-%dT%H:%M}&end={end:%Y-%m-%dT%H:%M}")
    expect(renter.page.locator("a[href*='/checkout/']").first).to_be_visible()

    # 6. the evidence, complete and in order
    renter.page.goto(f"{booking.split('?')[0]}evidence/")
    kinds = renter.page.locator("[data-evidence]").evaluate_all("nodes => nodes.map(n => n.dataset.evidence)")
    expected = ["plate_read", "card_issued", "entered", "swiped", "swiped", "lock_opened", "left", "settled"]
    assert [kind for kind in kinds if kind in expected] == expected, json.dumps(kinds)
    assert renter.console == []


OPEN_WORDS = {"zh-hans": ["已打开", "已降下", "锁已开", "已停好", "入位"], "en": ["open", "down", "parked"]}


def test_owner_is_paid_and_the_books_balance(stack, listed, person):
    """After the two stays above: 75 % to the owner, and the trial balance is zero."""
    owner = person("zh-hans")
    owner.signs_in(OWNER)
    owner.goes("/owner/earnings/")
    expect(owner.page.locator("main")).to_contain_text(BAY)
