"""Who lives in the demo, and who may do what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from members.domain.vehicles import add_vehicle
from members.models import Member

ADMIN_PASSWORD = "berth-demo-admin"  # noqa: S105  (of the demo, printed at its start; seed_demo runs nowhere else)


@dataclass(frozen=True, slots=True)
class Person:
    """``role`` is what the sign-in table says of them, empty for people in the background."""

    key: str
    name: str
    phone: str
    email: str = ""
    role: str = ""
    language: str = "zh-hans"
    plates: tuple[str, ...] = ()
    admin: bool = False


PEOPLE = (
    Person("owner", "李伟", "13800000001", "owner@berth.example", "owner of yijing A-12"),
    Person("renter", "陈静", "13800000002", "renter@berth.example", "renter", plates=("粤AF20618",)),
    Person("staff", "黄建国", "13800000003", "staff@berth.example", "staff of yijing"),
    Person("staff_zhujiang", "何秀英", "13800000004", "", "staff of zhujiang"),
    Person("staff_tianhe", "罗志明", "13800000005", "", "staff of tianhe"),
    Person(
        "huacheng", "花城停车管理有限公司", "13800000006", "huacheng@berth.example", "manager and owner of zhujiang"
    ),
    Person("yijing", "怡景物业服务中心", "13800000007", "yijing@berth.example", "manager of yijing and tianhe"),
    Person("zhang", "张敏", "13800000011"),
    Person("chen", "陈志强", "13800000012"),
    Person("zhou", "周丽", "13800000013"),
    Person("wang", "王磊", "13800000021", plates=("粤A8K921",)),
    Person("liu", "刘洋", "13800000022", plates=("粤AD06127", "粤B7M350")),
    Person("lin", "林晓", "13800000023", plates=("粤E3T588",)),
    Person("emma", "Emma Clarke", "13800000024", "emma@berth.example", "renter, in English", "en", ("粤AG33108",)),
    Person("admin", "管理员", "", "admin@berth.example", "back office", admin=True),
)


def make_people() -> dict[str, Member]:
    """Every person by key, with vehicles."""
    return {person.key: _make(person) for person in PEOPLE}


def _make(person: Person) -> Member:
    known = _known(person)
    if known is not None:
        return known
    member: Member = Member.objects.create(**_fields(person))
    for plate in person.plates:
        add_vehicle(member=member, plate=plate)
    return member


def _known(person: Person) -> Member | None:
    """By phone or by e-mail: either may have been changed in the demo."""
    by_phone = Q(phone=f"+86{person.phone}") if person.phone else Q()
    by_email = Q(email=person.email) if person.email else Q()
    member: Member | None = Member.objects.filter(by_phone | by_email).order_by("pk").first()
    return member


def _fields(person: Person) -> dict[str, Any]:
    blank = Member()
    blank.set_unusable_password()
    if person.admin:
        blank.set_password(ADMIN_PASSWORD)
    return {
        "display_name": person.name,
        "phone": f"+86{person.phone}" if person.phone else None,
        "email": person.email or None,
        "language": person.language,
        "phone_verified": bool(person.phone),
        "password": blank.password,
        "is_staff": person.admin,
        "is_superuser": person.admin,
    }
