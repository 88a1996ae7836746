"""What the demo prints: where things are and who to sign in as."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from berth.seed.people import ADMIN_PASSWORD, PEOPLE
from lots.models import Lot, Spot
from trading.models import Booking


@dataclass(frozen=True, slots=True)
class SignIn:
    role: str
    name: str
    phone: str
    email: str
    password: str
    """Empty: by code, which is shown at /demo/outbox/."""


@dataclass(frozen=True, slots=True)
class Report:
    lots: list[str]
    spots: int
    bookings: int
    sign_ins: list[SignIn]

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def make_report() -> Report:
    """Of what is in the database now."""
    people = [
        SignIn(person.role, person.name, person.phone, person.email, ADMIN_PASSWORD if person.admin else "")
        for person in PEOPLE
        if person.role
    ]
    return Report(
        lots=list(Lot.objects.order_by("code").values_list("code", flat=True)),
        spots=Spot.objects.count(),
        bookings=Booking.objects.count(),
        sign_ins=people,
    )


def as_table(report: Report) -> str:
    """For people: who to sign in as."""
    rows = [("role", "name", "phone", "e-mail", "password")]
    rows += [(s.role, s.name, s.phone or "-", s.email or "-", s.password or "code") for s in report.sign_ins]
    widths = [max(_columns(row[i]) for row in rows) for i in range(5)]
    lines = ["  ".join(cell + " " * (w - _columns(cell)) for cell, w in zip(row, widths, strict=True)) for row in rows]
    head = f"{len(report.lots)} lots ({', '.join(report.lots)}), {report.spots} spots, {report.bookings} bookings"
    return "\n".join([head, "", *(line.rstrip() for line in lines), "", "Codes are shown at /demo/outbox/."])


def _columns(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
