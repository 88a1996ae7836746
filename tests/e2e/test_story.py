"""The main job on real parts: an idle spot is booked, the car is let in, its lock opens, the owner is paid."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import requests
from playwright.sync_api import expect

from berth.services.server import wait_for
from tests.e2e import people
from tests.e2e.people import PATIENCE, acts, books, finds, lists_spot, next_quarter

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("people")]
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
    expect(renter.page.locator("#now .pass a[href$='/receipt/']").first).to_be_visible(timeout=PATIENCE)
    rest = next_quarter()
    renter.goes(f"/lots/{LOT}/spots/{BAY}/?start={rest:%Y-%m-%dT%H:%M}&end={end:%Y-%m-%dT%H:%M}")
    expect(renter.page.locator("a[href*='/checkout/']").first).to_be_visible()

    # 6. the evidence, complete and in order
    evidence = f"{booking.split('?')[0]}evidence/"
    lines = renter.page.locator("[data-evidence]")
    renter.page.goto(evidence)
    while lines.count() < len(EVIDENCE):  # the lock takes a moment to rise; each reload is a request, not a sleep
        renter.page.goto(evidence)
    assert lines.evaluate_all("nodes => nodes.map(n => n.dataset.evidence)") == EVIDENCE
    assert renter.console == driver.console == desk.console == []


EVIDENCE = [
    *("held", "plate_set", "paid", "confirmed", "granted"),
    *("plate_read", "card_issued", "entered", "swiped", "swiped", "lock_opened"),
    *("plate_read", "card_collected", "left", "settled", "lock_raised"),
]
OPEN_WORDS = {"zh-hans": ["已打开", "已降下", "锁已开", "已停好", "入位"], "en": ["open", "down", "parked"]}


def test_lock_opens_while_the_platform_is_away(stack, listed, person):
    """Between entry and swipe everything above the lot is stopped; the events arrive when it is back."""
    renter = person("en")
    renter.signs_in(EN_RENTER)
    start = next_quarter()
    told = stack.log_of(f"lot-{LOT}").count("grants: epoch")
    books(renter, LOT, BAY, start, start + timedelta(hours=1), "粤C7D8E9")
    assert wait_for(lambda: stack.log_of(f"lot-{LOT}").count("grants: epoch") > told, 60.0, pause=0.2)
    booking = renter.page.url.split("?")[0]
    lot = SimulatedLotPage(stack)
    lot.act(action="car_arrives", plate="粤C7D8E9")
    lot.wait_for(lambda: lot.car("粤C7D8E9")["place"] == "inside")
    away = ("web", "worker", "beat", "live")
    for name in away:
        stack.stop_process(name)
    try:
        right, _ = controllers(stack)
        lot.act(action="swipe", plate="粤C7D8E9", controller=right)
        lot.wait_for(lambda: lot.car("粤C7D8E9")["place"] == f"spot:{BAY}")
    finally:
        for name in away:
            stack.start_process(name)
    renter.page.goto(booking)
    expect(renter.page.locator("#now")).to_contain_text(re.compile("|".join(OPEN_WORDS["en"])), timeout=PATIENCE)
    lot.act(action="car_leaves", plate="粤C7D8E9")
    lot.wait_for(lambda: lot.car("粤C7D8E9")["place"] == "outside")
    expect(renter.page.locator("#now .pass a[href$='/receipt/']").first).to_be_visible(timeout=PATIENCE)


def test_owner_is_paid_and_the_back_office_sees_every_step(stack, listed, person):
    """After stays of A-12: 75 % of each price is the owner's; the admin's lists open and show every step."""
    owner = person("zh-hans")
    owner.signs_in(OWNER)
    owner.goes("/owner/earnings/")
    expect(owner.page.locator("main")).to_contain_text(BAY)
    expect(owner.page.locator("main")).to_contain_text(re.compile(r"¥(6|12)\.00"))  # of ¥8 for an hour, ¥16 for two
    clerk = person("en")
    clerk.goes("/admin/login/")
    clerk.page.fill("[name=username]", "admin@berth.example")
    clerk.page.fill("[name=password]", "berth-demo-admin")
    clerk.page.locator("[type=submit]").click()
    clerk.page.wait_for_url(re.compile(r"/admin/$"))
    lists = clerk.page.locator("#content-main th a").evaluate_all("links => links.map(a => a.getAttribute('href'))")
    assert len(lists) >= 25
    for address in lists:
        clerk.goes(address)
    for money in ("account", "journalentry", "payment"):
        clerk.goes(f"/admin/finance/{money}/")
        assert clerk.page.locator(".object-tools .addlink").count() == 0
    clerk.goes("/admin/trading/booking/?q=粤B12345")
    assert clerk.page.locator("#result_list tbody tr").count() >= 1


class SimulatedLotPage:
    """The control API of the story's lot."""

    def __init__(self, stack):
        self.address = f"{stack.urls.simulator}/lots/{LOT}"

    def act(self, **arguments):
        answer = requests.post(f"{self.address}/actions", json=arguments, timeout=10)
        assert answer.status_code == 200, answer.text

    def car(self, plate):
        cars = requests.get(self.address, timeout=5).json()["cars"]
        return next(car for car in cars if car["plate"] == plate)

    def wait_for(self, seen):
        assert wait_for(seen, 60.0, pause=0.2)
