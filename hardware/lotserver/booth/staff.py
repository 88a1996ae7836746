"""Who may work at the booth page: the staff list that came signed with the grants, kept on disk."""

from __future__ import annotations

from collections.abc import Iterable

from hardware.lotserver.feed import StaffMember
from hardware.lotserver.store import Store, Write


def replace(write: Write, people: Iterable[StaffMember]) -> None:
    """The list is always the whole one."""
    write.run("DELETE FROM staff")
    for person in people:
        write.run("INSERT INTO staff VALUES (?, ?, ?, ?)", person.member, person.name, person.language, person.pin)


def everybody(store: Store) -> list[StaffMember]:
    """Those with a PIN, by name."""
    rows = store.rows("SELECT member, name, language, pin FROM staff WHERE pin <> '' ORDER BY name, member")
    return [StaffMember(*row) for row in rows]


def member(store: Store, number: int) -> StaffMember | None:
    return next((person for person in everybody(store) if person.member == number), None)
