"""A shift at the booth with the platform out of reach: real controllers, gates and cars, and a browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from hardware.simulator.actions import ACTIONS
from tests.hardware.booth.conftest import HASH, PIN
from tests.hardware.lotserver.platform_server import Platform
from tests.hardware.lotserver.world import World

pytestmark = pytest.mark.xdist_group("whole lot")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    platform = Platform()
    platform.staff = [{"member": 7, "name": "陈强", "language": "en", "pin": HASH}]
    made = World(tmp_path_factory.mktemp("booth"), platform)
    try:
        made.online("c1", "c2")
        yield made
    finally:
        made.stop()
        platform.stop()


@pytest.fixture
def page(browser, world):
    context = browser.new_context(locale="en-GB", viewport={"width": 390, "height": 844})
    opened, wrong = context.new_page(), []
    opened.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    opened.goto(f"http://127.0.0.1:{world.server.booth.port}/")
    yield opened
    context.close()
    assert wrong == []


def act(world, name, **arguments):
    ACTIONS[name](world.lot, arguments)


def test_a_shift_without_the_platform(world, page):
    world.give("g-near", spot="A-03", plates=["粤A12345"])
    world.platform.away = True
    before = len(world.platform.events)

    page.get_by_label("PIN").fill(PIN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Emergency calls")).to_be_visible()
    expect(page.locator("#calls li")).to_have_count(0)

    act(world, "press_emergency", controller="c1")  # nobody reloads anything
    page.locator("#calls").get_by_role("button", name="I take it").click()
    page.get_by_label("What was the matter").fill("Pressed by a child")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator("#calls li")).to_have_count(0)

    page.get_by_role("link", name=re.compile("A-01")).click()
    page.get_by_label("Reason").fill("Card lost")
    page.get_by_role("button", name="Open the lock").click()
    world.until(lambda: world.lot.locks["A-01"].position == "lowered")
    expect(page.locator("#orders li").first).to_contain_text("done")
    page.get_by_role("link", name=re.compile("A-01")).click()
    page.get_by_label("Reason").fill("Car has gone")
    page.get_by_role("button", name="Raise the lock").click()
    world.until(lambda: world.lot.locks["A-01"].position == "raised")

    act(world, "car_arrives", plate="粤A12346")
    page.get_by_role("button", name="It is this car: open").click()
    world.until(lambda: world.place("粤A12346") == "inside")
    expect(page.locator("#inside li")).to_contain_text("A-03")

    page.locator("#gates li", has_text="out-1").get_by_role("link").click()
    page.get_by_label("Reason").fill("Ambulance")
    page.get_by_role("button", name="Open the gate").click()
    world.until(lambda: world.lot.gates["out-1"].barrier.position == "open")
    assert len(world.platform.events) == before, "nothing of all this went through the platform"

    world.platform.away = False  # it is back, and hears it all, with names
    world.platform.wait_for("staff_order", count=4, name="陈强", member=7)
    deeds = [(o["deed"], o["reason"]) for o in world.platform.of_kind("staff_order")]
    assert deeds == [
        ("unlock", "Card lost"),
        ("raise", "Car has gone"),
        ("open_gate", "粤A12346 → 粤A12345"),
        ("open_gate", "Ambulance"),
    ]
    assert [note["note"] for note in world.platform.of_kind("call_resolved", name="陈强")] == ["Pressed by a child"]
    world.platform.wait_for("command_result", count=4, outcome="done")


def test_it_speaks_chinese_and_looks_after_itself_without_script(world, browser):
    context = browser.new_context(locale="zh-CN", java_script_enabled=False)
    opened = context.new_page()
    opened.goto(f"http://127.0.0.1:{world.server.booth.port}/")
    opened.get_by_label("PIN 码").fill(PIN)
    opened.get_by_role("button", name="登录").click()
    opened.goto(f"http://127.0.0.1:{world.server.booth.port}/?lang=zh")
    expect(opened.get_by_role("heading", name="紧急呼叫")).to_be_visible()
    opened.get_by_role("button", name="退出").click()
    expect(opened.get_by_label("PIN 码")).to_be_visible()
    context.close()
