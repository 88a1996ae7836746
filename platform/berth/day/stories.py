"""The stories: each a function of its car, with the outcome that the product promises. What else happens is raised."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from berth.day import ground
from berth.day.ground import Stuck
from berth.day.hours import hours_pass
from berth.day.people import Refused
from berth.day.plan import misread
from berth.day.tale import SETTLES, TRIES, Outcome, Tale
from berth.kernel.errors import DomainError
from hardware.models import EmergencyCall, LotEvent
from trading.models import BookingState, Stay

Story = Callable[[Tale], Outcome]
Reason = EmergencyCall.Reason


def plain(tale: Tale) -> Outcome:
    tale.book()
    tale.drive_in()
    tale.swipe_and_park()
    tale.finish()
    return Outcome.COMPLETED


def wrong_controller(tale: Tale) -> Outcome:
    """M7b: the display shows the way to the right one."""
    tale.book()
    tale.drive_in()
    other = tale.lot.other_controller(tale.spot)
    with tale.lot.turn(other):
        tale.lot.act("swipe", plate=tale.plate, controller=other, spot=tale.spot)
        tale.lot.wait("the display shows the way", lambda s: tale.spot in ground.display(s, other), 30.0)
    tale.swipe_and_park()
    tale.finish()
    return Outcome.COMPLETED


def misread_plate(tale: Tale) -> Outcome:
    """Leap 6: a near plate waits for one tap of the staff, and then has its card."""
    tale.book()
    read = misread(tale.plate)
    with tale.lot.turn(tale.entry):
        _is_read(tale, read, "near")
        event = LotEvent.objects.filter(lot__code=tale.lot.code, kind="plate_read", payload__plate=read).latest("pk")
        tale.desk.person.form(f"/staff/{tale.lot.code}/plates/{event.pk}/let-in/")
        tale.lot.wait("the car is in", lambda s: ground.place(s, tale.plate) == "inside", 60.0)
    tale.swipe_and_park()
    tale.finish()
    return Outcome.RESCUED


def stranger(tale: Tale) -> Outcome:
    """Without a booking nothing opens by itself."""
    _is_not_let_in(tale)
    tale.note("no booking")
    return Outcome.REFUSED


def too_early(tale: Tale) -> Outcome:
    tale.book(later=timedelta(hours=1))
    _is_not_let_in(tale)
    tale.note("came before the time")
    _cancel(tale)
    return Outcome.REFUSED


def cancelled(tale: Tale) -> Outcome:
    """Within the grace for mistakes everything comes back."""
    tale.book(later=timedelta(hours=1))
    _cancel(tale)
    return Outcome.CANCELLED


def not_paid(tale: Tale) -> Outcome:
    tale.hold()
    _cancel(tale)
    return Outcome.NOT_PAID


def told_twice(tale: Tale) -> Outcome:
    """The cashier tells of the payment twice."""
    tale.book(decision="pay_told_twice")
    tale.drive_in()
    tale.swipe_and_park()
    tale.finish()
    return Outcome.COMPLETED


def not_told(tale: Tale) -> Outcome:
    """The cashier never tells of the payment: the platform asks."""
    tale.book(decision="pay_untold")
    tale.drive_in()
    tale.swipe_and_park()
    tale.finish()
    return Outcome.COMPLETED


def rival(tale: Tale) -> Outcome:
    """Two members want one spot at one moment; one gets it."""
    tale.spot = tale.spots.take()
    start, end = tale.period()
    refused: list[str] = []

    def second() -> None:
        try:
            won = tale.rival.hold(lot=tale.lot.code, spot=tale.spot, start=start, end=end, plate=tale.plate)
            tale.rival.api("POST", f"/bookings/{won}/cancel", {})
        except Refused as refusal:
            refused.append(refusal.code)

    thread = threading.Thread(target=second)
    thread.start()
    try:
        tale.booking_id = tale.driver.hold(lot=tale.lot.code, spot=tale.spot, start=start, end=end, plate=tale.plate)
    except Refused as refusal:
        if refusal.code not in ("taken", "spot_taken"):
            raise
        thread.join()
        tale.note("a rival was faster")
        return Outcome.REFUSED
    thread.join()
    if not refused:
        raise Stuck("both got the spot")
    tale.note(f"the rival was told {refused[0]}")
    tale.pay()
    tale.lot_knows()
    tale.drive_in()
    tale.swipe_and_park()
    tale.finish()
    return Outcome.COMPLETED


def no_show(tale: Tale) -> Outcome:
    """The car comes after its time is over: the spot was kept to the end, and nothing opens now."""
    tale.book()
    hours_pass(tale, hours=6)
    tale.reaches(BookingState.NO_SHOW, 150.0)
    tale.lot_knows()
    _is_not_let_in(tale)
    return Outcome.NOT_USED


def overstay(tale: Tale) -> Outcome:
    """The car stays on after its end and its grace; it gets out, and the minutes are on record."""
    tale.book()
    tale.drive_in()
    tale.swipe_and_park()
    hours_pass(tale, hours=3)
    tale.lot_knows()
    tale.finish()
    minutes = Stay.objects.get(booking_id=tale.booking_id).overstay_minutes
    if minutes <= 0:
        raise Stuck("the overstay is not on record")
    tale.note(f"{minutes} min too long")
    return Outcome.COMPLETED


def lost_card(tale: Tale) -> Outcome:
    """The card is gone when the car leaves: the desk lets it out, and the card is void."""
    tale.book()
    tale.drive_in()
    tale.swipe_and_park()
    tale.lot.act("drop_card", plate=tale.plate)
    return _let_out_without_card(tale)


def lost_card_inside(tale: Tale) -> Outcome:
    """The card is gone before the lock is open: the button, and the desk opens the lock with a reason."""
    tale.book()
    tale.drive_in()
    tale.lot.act("drop_card", plate=tale.plate)
    _press(tale, Reason.BUTTON, Reason.VERIFICATION_FAILED)
    _opened_by_desk(tale)
    return _let_out_without_card(tale)


def damaged_card(tale: Tale) -> Outcome:
    """M7c: three failed swipes, then the display asks for the emergency button."""
    tale.book()
    tale.drive_in()
    tale.lot.act("tamper_card", plate=tale.plate)
    controller = tale.controller
    with tale.lot.turn(controller):
        for _ in range(3):
            tale.lot.act("swipe", plate=tale.plate, controller=controller, spot=tale.spot)
            tale.lot.wait("it is being checked", lambda s: "正在核验" in ground.display(s, controller), 10.0)
            tale.lot.wait("it was not accepted", lambda s: "未能核验" in ground.display(s, controller), 40.0)
        if "紧急" not in ground.display(tale.lot.state, controller):
            raise Stuck("the display does not ask for the emergency button after three swipes")
        _press(tale, Reason.VERIFICATION_FAILED, Reason.BUTTON)
    _opened_by_desk(tale)
    return _let_out_without_card(tale)


def jammed_lock(tale: Tale) -> Outcome:
    """M7a: five more tries, then security comes."""
    return _broken_lock(tale, "jam_lock")


def dead_lock(tale: Tale) -> Outcome:
    return _broken_lock(tale, "kill_lock")


def low_battery(tale: Tale) -> Outcome:
    tale.book()
    tale.lot.act("battery_low", spot=tale.spot)
    try:
        tale.drive_in()
        tale.swipe_and_park()
        told = {"kind": "lock_changed", "payload__spot": tale.spot, "payload__battery_low": True}
        tale.until(
            "the battery is told", lambda: LotEvent.objects.filter(lot__code=tale.lot.code, **told).exists(), 60.0
        )
    finally:
        tale.lot.act("battery_low", spot=tale.spot)
    tale.finish()
    return Outcome.COMPLETED


def button(tale: Tale) -> Outcome:
    tale.book()
    tale.drive_in()
    tale.swipe_and_park()
    _press(tale, Reason.BUTTON, Reason.VERIFICATION_FAILED)
    tale.finish()
    return Outcome.EMERGENCY


def controller_dark(tale: Tale) -> Outcome:
    """The controller loses its power just when it is needed."""
    tale.book()
    tale.drive_in()
    controller = tale.controller
    tale.lot.act("power_off", controller=controller)
    tale.swipe(controller)
    tale.lot.act("power_on", controller=controller)
    tale.swipe_and_park()
    tale.finish()
    return Outcome.COMPLETED


def wire_cut(tale: Tale) -> Outcome:
    tale.book()
    tale.drive_in()
    controller = tale.controller
    tale.lot.act("cut_wire", controller=controller)
    tale.swipe(controller)
    tale.lot.act("restore_wire", controller=controller)
    tale.swipe_and_park()
    tale.finish()
    return Outcome.COMPLETED


def line_cut(tale: Tale) -> Outcome:
    """The whole line is dead for a while."""
    tale.book()
    tale.drive_in()
    number = tale.lot.state["lines"][0]["number"]
    tale.lot.act("cut_line", line=number)
    time.sleep(10)
    tale.lot.act("restore_line", line=number)
    tale.swipe_and_park()
    tale.finish()
    return Outcome.COMPLETED


def camera_dark(tale: Tale) -> Outcome:
    """Nothing sees the car until the camera has power again."""
    tale.book()
    with tale.lot.turn(tale.entry):
        tale.lot.act("camera_off", gate=tale.entry)
        tale.drive_up()
        time.sleep(2)
        tale.turn_back()
        tale.lot.act("camera_on", gate=tale.entry)
    tale.drive_in()
    tale.swipe_and_park()
    tale.finish()
    return Outcome.COMPLETED


def barrier_dead(tale: Tale) -> Outcome:
    """The barrier does not answer: the desk is called, mends it and lets the car in."""
    tale.book()
    tale.calls.add(Reason.GATE)
    with tale.lot.turn(tale.entry):
        tale.lot.act("kill_barrier", gate=tale.entry)
        tale.drive_up()
        tale.lot.wait("the car is in", lambda s: ground.place(s, tale.plate) == "inside", 120.0)
    tale.swipe_and_park()
    tale.finish()
    return Outcome.RESCUED


def server_killed(tale: Tale) -> Outcome:
    """The lot server loses its power between entry and swipe."""
    tale.book()
    tale.drive_in()
    _kill_server(tale)
    tale.swipe_and_park()
    tale.finish()
    return Outcome.COMPLETED


def server_killed_at_gate(tale: Tale) -> Outcome:
    """The lot server loses its power while the car is being let in."""
    tale.book()
    with tale.lot.turn(tale.entry):
        tale.drive_up()
        tale.lot.sees(lambda s: bool(ground.car(s, tale.plate).get("card")), 10.0)
        _kill_server(tale)
        inside = tale.lot.sees(lambda s: ground.place(s, tale.plate) == "inside", 60.0)
        if not inside:
            tale.turn_back()
    if not inside:
        tale.note("drove up again after the restart")
        tale.drive_in()
    tale.swipe_and_park()
    tale.finish()
    return Outcome.COMPLETED


def forged_camera(tale: Tale) -> Outcome:
    """A reading that no camera signed lets nobody in."""
    tale.book()
    tale.lot.act("unsigned_camera", plate=tale.plate, gate=tale.entry)
    time.sleep(2)
    if _read(tale, tale.plate):
        raise Stuck("a forged reading was believed")
    tale.note("the forged reading was refused")
    tale.drive_in()
    tale.swipe_and_park()
    tale.finish()
    return Outcome.COMPLETED


# --- parts ----------------------------------------------------------------------------------------


def _read(tale: Tale, plate: str, match: str = "") -> bool:
    read = LotEvent.objects.filter(
        lot__code=tale.lot.code, kind="plate_read", payload__plate=plate, occurred_at__gte=tale.started_at
    )
    return (read.filter(payload__match=match) if match else read).exists()


def _is_read(tale: Tale, plate: str, match: str = "") -> None:
    """It stands at the entry, and the platform knows; again where the camera's post met nobody."""
    for _ in range(TRIES):
        tale.drive_up(plate if plate != tale.plate else "")
        with contextlib.suppress(Stuck):
            tale.until("the plate is told", lambda: _read(tale, plate, match), 25.0)
            return
        if tale.lot.state and ground.gate(tale.lot.state, tale.entry)["camera"] == 200:
            tale.until("the plate is told", lambda: _read(tale, plate, match), SETTLES)
            return
        tale.turn_back()
    raise Stuck("nothing reads the plate")


def _is_not_let_in(tale: Tale) -> None:
    with tale.lot.turn(tale.entry):
        _is_read(tale, tale.plate)
        if tale.lot.sees(lambda s: tale.place == "inside", 4.0):
            raise Stuck("it was let in")
        tale.turn_back()
    tale.step("was not let in and turned back")


def _cancel(tale: Tale) -> None:
    tale.driver.api("POST", f"/bookings/{tale.booking_id}/cancel", {})
    tale.reaches(BookingState.CANCELLED)


def _press(tale: Tale, *reasons: str) -> None:
    """The emergency button; the desk takes the call and resolves it."""
    tale.calls.update(reasons)
    controller, before = tale.controller, time.time()
    tale.lot.act("press_emergency", controller=controller)

    def answered() -> bool:
        calls = EmergencyCall.objects.filter(lot__code=tale.lot.code, controller__code=controller, state="resolved")
        return any(call.raised_at.timestamp() >= before - 1 for call in calls)

    tale.until("the desk answers the button", answered, SETTLES)
    tale.step("the desk came")


def _opened_by_desk(tale: Tale) -> None:
    for _ in range(3):
        tale.desk.open_lock(tale.spot, f"{tale.plate}: no working card")
        if tale.lot.sees(lambda s: ground.lock(s, tale.spot)["position"] == "lowered", 30.0):
            break
    tale.lot.act("park", plate=tale.plate, spot=tale.spot)
    tale.lot.wait("the car is parked", lambda s: tale.parked, 10.0)


def _let_out_without_card(tale: Tale) -> Outcome:
    tale.stay()
    tale.calls.add(Reason.GATE)
    with tale.lot.turn(tale.exit):
        tale.leave()
        time.sleep(4)
        tale.desk.open_gate(tale.exit, f"{tale.plate}: the card is lost")
        tale.lot.wait("the car is out", lambda s: ground.place(s, tale.plate) == "outside", 120.0)
    tale.ends()
    return Outcome.RESCUED


def _broken_lock(tale: Tale, fault: str) -> Outcome:
    tale.book()
    tale.drive_in()
    tale.calls.add(Reason.UNLOCK_FAILED)
    tale.lot.act(fault, spot=tale.spot)
    tale.swipe(tale.controller)
    tale.lot.wait("the desk frees the lock", lambda s: not ground.lock(s, tale.spot)["fault"], 150.0)
    tale.swipe_and_park()
    tale.finish()
    return Outcome.RESCUED


def _kill_server(tale: Tale) -> None:
    tale.lot.act("server_off")
    time.sleep(2)
    tale.lot.act("server_on")
    tale.step("the lot server was without power")


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        *(plain, wrong_controller, misread_plate, stranger, too_early, cancelled, not_paid, told_twice, not_told),
        *(rival, no_show, overstay, lost_card, lost_card_inside, damaged_card, jammed_lock, dead_lock, low_battery),
        *(button, controller_dark, wire_cut, line_cut, camera_dark, barrier_dead, server_killed),
        *(server_killed_at_gate, forged_camera),
    )
}
EXPECTED_ERRORS = (Stuck, Refused, ground.CannotDo, DomainError)
"""What ends a story unexplained without being a defect of the story's own code."""
