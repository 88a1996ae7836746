"""The booth's pages as HTML. Everything that comes from outside is escaped here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from berth.kernel.plates import display
from hardware.lotserver.booth.board import Board, Expected, Inside, Ordered
from hardware.lotserver.booth.gate_watch import Waiting
from hardware.lotserver.booth.texts import LANGUAGES, text
from hardware.lotserver.calls import TAKEN, Call
from hardware.lotserver.config import ServerConfig
from hardware.lotserver.feed import StaffMember
from hardware.lotserver.records import LockTwin

LAMPS = {"raised": "green", "lowered": "amber", "moving": "amber", "jammed": "red", "offline": "red"}
OUTCOMES = {"done": "green", "failed": "red", "refused": "amber", "": "amber"}


@dataclass(frozen=True, slots=True)
class Pages:
    """For one request: its language, the key of its forms, and who is signed in (a name, or nobody)."""

    config: ServerConfig
    language: str
    form_key: str = ""
    name: str = ""

    def t(self, key: str, **values: object) -> str:
        return escape(text(key, self.language, **values))

    # --- frames -----------------------------------------------------------------------------------

    def page(self, body: str, message: str = "") -> str:
        other = "en" if self.language == "zh" else "zh"
        note = f'<p class="message" role="alert">{self.t(message)}</p>' if message else ""
        person = ""
        if self.name:
            person = f'<span class="who">{escape(self.name)}</span>' + self.form("/sign-out", self.button("sign_out"))
        return (
            f'<!doctype html><html lang="{"zh-Hans" if self.language == "zh" else "en"}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{self.t('title')} · {escape(self.config.lot)}</title>"
            f'<link rel="stylesheet" href="/booth.css"><script src="/booth.js" defer></script></head><body>'
            f'<header><a class="brand" href="/">{self.t("title")} <b>{escape(self.config.lot)}</b></a>'
            f'<nav><a href="?lang={other}" lang="{other}">{LANGUAGES[other]}</a>{person}</nav></header>'
            f"<main>{note}{body}</main></body></html>"
        )

    def form(self, action: str, inside: str, css: str = "") -> str:
        """Every form carries the session's key."""
        key = f'<input type="hidden" name="key" value="{escape(self.form_key)}">'
        return f'<form method="post" action="{escape(action)}" class="{css}">{key}{inside}</form>'

    def button(self, key: str, css: str = "", **more: str) -> str:
        extra = "".join(f' {name}="{escape(value)}"' for name, value in more.items())
        return f'<button type="submit" class="{css}"{extra}>{self.t(key)}</button>'

    def field(self, name: str, label: str, longest: int, help_key: str = "") -> str:
        helped = f'<small id="{name}-help">{self.t(help_key)}</small>' if help_key else ""
        described = f' aria-describedby="{name}-help"' if help_key else ""
        return (
            f'<label for="{name}">{self.t(label)}</label>{helped}'
            f'<input id="{name}" name="{name}" maxlength="{longest}" required autocomplete="off"{described}>'
        )

    # --- sign in ----------------------------------------------------------------------------------

    def sign_in(self, people: Iterable[StaffMember], message: str = "") -> str:
        options = "".join(f'<option value="{person.member}">{escape(person.name)}</option>' for person in people)
        if not options:
            return self.page(f'<section class="card narrow"><p>{self.t("nobody")}</p></section>', message)
        inside = (
            f'<label for="member">{self.t("who")}</label><select id="member" name="member">{options}</select>'
            f'<label for="pin">{self.t("pin")}</label><small id="pin-help">{self.t("pin_help")}</small>'
            f'<input id="pin" name="pin" type="password" inputmode="numeric" maxlength="12" required'
            f' autocomplete="off" aria-describedby="pin-help">' + self.button("sign_in", "primary")
        )
        title = f"<h1>{self.t('sign_in')}</h1>"
        return self.page(
            f'<section class="card narrow">{title}{self.form("/sign-in", inside, "stack")}</section>', message
        )

    # --- the board --------------------------------------------------------------------------------

    def board(self, now: Board, version: int) -> str:
        """The part that renews itself."""
        state = "connected" if now.connected else "alone"
        lamp = self.lamp("green" if now.connected else "amber", state)
        untold = f"<span>{self.t('untold', count=now.untold)}</span>" if now.untold and not now.connected else ""
        warning = "" if now.current else f'<p class="message" role="alert">{self.t("not_current")}</p>'
        return (
            f'<div id="board" data-version="{version}"><p class="state">{lamp}{untold}</p>{warning}'
            + self._section("calls", map(self._call, now.calls), "no_calls", "calls")
            + (self._section("at_gate", map(self._waiting, now.waiting), "", "warn") if now.waiting else "")
            + '<div class="columns"><div>'
            + self._section("inside", (self._inside(car, now.now) for car in now.inside), "no_inside")
            + self._section("expected", map(self._expected, now.expected), "no_expected")
            + "</div><div>"
            + self._section("gates", (self._gate(g.code, g.direction) for g in self.config.gates), "")
            + self._section("locks", map(self._lock, now.locks), "", "grid")
            + (self._section("orders", map(self._order, now.orders), "") if now.orders else "")
            + "</div></div></div>"
        )

    def _section(self, title: str, rows: Iterable[str], empty: str, css: str = "") -> str:
        items = list(rows)
        count = f' <span class="count">{len(items)}</span>' if items else ""
        listed = f"<ul>{''.join(items)}</ul>" if items else f'<p class="quiet">{self.t(empty)}</p>' if empty else ""
        return f'<section class="card {css}" id="{title}"><h2>{self.t(title)}{count}</h2>{listed}</section>'

    def lamp(self, colour: str, key: str) -> str:
        return f'<span class="lamp {colour}">{self.t(key)}</span>'

    def plates(self, plates: Iterable[str]) -> str:
        return " ".join(f'<span class="plate">{escape(display(plate))}</span>' for plate in plates)

    def time(self, at: int) -> str:
        local = datetime.fromtimestamp(at, ZoneInfo(self.config.timezone))
        today = datetime.now(ZoneInfo(self.config.timezone)).date() == local.date()
        return f'<time datetime="{local.isoformat()}">{local:{"%H:%M" if today else "%m-%d %H:%M"}}</time>'

    def _call(self, call: Call) -> str:
        place = call.spot or call.place
        taken = f"<span>{self.t('on_it', name=call.taken_by)}</span>" if call.state == TAKEN else ""
        act = (
            f'<a class="button" href="/calls/{escape(call.id)}">{self.t("open_call")}</a>'
            if call.state == TAKEN
            else self.form(f"/calls/{call.id}/take", self.button("take", "primary"))
        )
        return (
            f'<li class="call {call.state}" data-call="{escape(call.id)}"><b class="bay">{escape(place)}</b>'
            f"<span>{self.t(call.reason)} · {escape(call.place)} · {self.time(call.raised_at)}</span>{taken}{act}</li>"
        )

    def _waiting(self, car: Waiting) -> str:
        if car.expected:
            known = f"<span>{self.t('close_to')} {self.plates(car.expected)} {escape(car.spot)}</span>"
            act = self.form(f"/plates/{car.sequence}/let-in", self.button("it_is", "primary"))
        else:
            known = ""
            act = f'<a class="button" href="/gates/{escape(car.gate)}">{self.t("open_gate")}</a>'
        return f"<li>{self.plates([car.plate])}<span>{escape(car.gate)} · {self.time(car.at)}</span>{known}{act}</li>"

    def _inside(self, car: Inside, now: int) -> str:
        word = self.t("entering") if car.state == "entering" else f"{self.t('until')} {self.time(car.until)}"
        if car.state != "entering" and car.until and car.until < now:
            word = f"{self.lamp('red', 'over')} {self.time(car.until)}"
        return (
            f'<li><b class="bay">{escape(car.spot or "?")}</b>{self.plates([car.plate])}'
            f"<span>{escape(car.name)}</span><span>{word}</span></li>"
        )

    def _expected(self, car: Expected) -> str:
        return (
            f'<li><b class="bay">{escape(car.spot)}</b>{self.plates(car.plates)}<span>{escape(car.name)}</span>'
            f"<span>{self.time(car.start)} – {self.time(car.end)}</span></li>"
        )

    def _gate(self, code: str, direction: str) -> str:
        words = f"<span>{self.t(direction)}</span>"
        act = f'<a class="button" href="/gates/{escape(code)}">{self.t("open_gate")}</a>'
        return f'<li><b class="bay">{escape(code)}</b>{words}{act}</li>'

    def _lock(self, lock: LockTwin) -> str:
        vehicle = f"<span>{self.t('vehicle')}</span>" if lock.vehicle else ""
        state = self.lamp(
            LAMPS.get(lock.acknowledged, "grey"), lock.acknowledged if lock.acknowledged in LAMPS else "?"
        )
        return (
            f'<li><a href="/spots/{escape(lock.spot)}"><b class="bay">{escape(lock.spot)}</b>{state}{vehicle}</a></li>'
        )

    def _order(self, order: Ordered) -> str:
        lamp = self.lamp(OUTCOMES.get(order.outcome, "grey"), order.outcome or "under_way")
        detail = f"<span>{self.t(order.detail)}</span>" if order.detail and order.outcome != "done" else ""
        said = f"{self.t(order.kind)} {escape(order.place)} · {escape(order.name)}: {escape(order.reason)}"
        return f"<li><span>{self.time(order.at)} {said}</span>{lamp}{detail}</li>"

    # --- single things ----------------------------------------------------------------------------

    def call(self, call: Call, message: str = "") -> str:
        note = self.field("note", "note", 500) + self.button("resolve", "primary")
        act = self.form(f"/calls/{call.id}", note, "stack") if call.state == TAKEN else ""
        if call.state == "raised":
            act = self.form(f"/calls/{call.id}/take", self.button("take", "primary"))
        lock = f'<a class="button" href="/spots/{escape(call.spot)}">{self.t("unlock")}</a>' if call.spot else ""
        return self._thing(
            call.spot or call.place, f"{self.t(call.reason)} {self.time(call.raised_at)}", lock + act, message
        )

    def spot(self, lock: LockTwin, message: str = "") -> str:
        buttons = self.button("unlock", "primary", name="kind", value="unlock")
        buttons += self.button("raise", name="kind", value="raise")
        form = self.field("reason", "reason", 200, "reason_help") + f'<div class="buttons">{buttons}</div>'
        state = self.lamp(
            LAMPS.get(lock.acknowledged, "grey"), lock.acknowledged if lock.acknowledged in LAMPS else "?"
        )
        return self._thing(lock.spot, state, self.form(f"/spots/{lock.spot}", form, "stack"), message)

    def gate(self, code: str, direction: str, message: str = "") -> str:
        form = self.field("reason", "reason", 200, "reason_help") + self.button("open_gate", "primary")
        return self._thing(code, self.t(direction), self.form(f"/gates/{code}", form, "stack"), message)

    def _thing(self, title: str, facts: str, act: str, message: str) -> str:
        back = f'<a href="/">← {self.t("back")}</a>'
        inside = f'{back}<h1 class="bay">{escape(title)}</h1><p>{facts}</p>{act}'
        return self.page(f'<section class="card narrow stack">{inside}</section>', message)
