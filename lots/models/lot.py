"""Lots, their gates, floor plans and staff."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from lots.pinyin import MAX_PINYIN, pinyin_of


def validate_zone(name: str) -> None:
    """The name must be one of the IANA time zone database."""
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone."), params={"name": name})


def in_language(zh: str, en: str) -> str:
    """The text for the active language, the other one where it is missing."""
    return (zh or en) if (get_language() or "zh").startswith("zh") else (en or zh)


class Lot(models.Model):
    """A parking lot. Its point is WGS-84; a generated column holds it in Web Mercator for search (DESIGN.md, Data)."""

    class Kind(models.TextChoices):
        PUBLIC = "public", _("public lot")
        RESIDENTIAL = "residential", _("residential lot")

    code = models.SlugField(_("code"), max_length=32, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    name_zh = models.CharField(_("name (Chinese)"), max_length=80)
    name_en = models.CharField(_("name (English)"), max_length=80, blank=True)
    pinyin = models.CharField(max_length=MAX_PINYIN, blank=True, default="", editable=False)
    """Derived from the Chinese name at each save, for who types without a Chinese keyboard."""
    address_zh = models.CharField(_("address (Chinese)"), max_length=160)
    address_en = models.CharField(_("address (English)"), max_length=160, blank=True)
    entry_rules_zh = models.TextField(_("how to enter (Chinese)"), blank=True)
    entry_rules_en = models.TextField(_("how to enter (English)"), blank=True)
    latitude = models.FloatField(_("latitude"), validators=[MinValueValidator(-85), MaxValueValidator(85)])
    longitude = models.FloatField(_("longitude"), validators=[MinValueValidator(-180), MaxValueValidator(180)])
    timezone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai", validators=[validate_zone])
    holiday_region = models.CharField(
        _("holiday calendar"),
        max_length=6,
        default="CN",
        db_default="CN",
        blank=True,
        help_text=_("The region whose days off and made-up workdays owners here may follow; empty for none."),
    )
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="managed_lots",
        verbose_name=_("property manager"),
    )
    platform_share_bp = models.PositiveIntegerField(_("platform's share (basis points)"), default=1500)
    manager_share_bp = models.PositiveIntegerField(_("manager's share (basis points)"), default=1000)
    service_fee_bp = models.PositiveIntegerField(_("renter's service fee (basis points)"), default=0)
    hold_minutes = models.PositiveSmallIntegerField(_("checkout hold (minutes)"), default=10)
    early_entry_minutes = models.PositiveSmallIntegerField(_("early entry allowed (minutes)"), default=15)
    overstay_grace_minutes = models.PositiveSmallIntegerField(_("overstay grace (minutes)"), default=15)
    published = models.BooleanField(pgettext_lazy("state", "published"), default=False)

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__gte=-85, latitude__lte=85, longitude__gte=-180, longitude__lte=180),
                name="lot_point_on_the_map",
            ),
            models.CheckConstraint(
                condition=Q(platform_share_bp__lte=10_000 - F("manager_share_bp")),
                name="lot_shares_leave_the_owner_some",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self.pinyin = pinyin_of(self.name_zh)
        if update_fields is not None and "name_zh" in update_fields:
            update_fields = {*update_fields, "pinyin"}
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def name(self) -> str:
        return in_language(self.name_zh, self.name_en)

    @property
    def address(self) -> str:
        return in_language(self.address_zh, self.address_en)

    @property
    def entry_rules(self) -> str:
        return in_language(self.entry_rules_zh, self.entry_rules_en)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def owner_share_bp(self) -> int:
        return 10_000 - self.platform_share_bp - self.manager_share_bp


class LotStaff(models.Model):
    """A member who works at a lot: sees its dashboard and may override with a reason."""

    class Role(models.TextChoices):
        STAFF = "staff", _("lot staff")
        MANAGER = "manager", _("lot manager")

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="staff", verbose_name=_("lot"))
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="lot_roles", verbose_name=_("member")
    )
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.STAFF)
    on_duty = models.BooleanField(_("on duty"), default=False)
    pin = models.CharField(_("PIN of the booth page (hash)"), max_length=200, blank=True, editable=False)
    """Set by lots.domain.duty.set_pin; checked at the lot, which has it signed with its grants."""

    class Meta:
        verbose_name = _("lot staff")
        verbose_name_plural = _("lot staff")
        constraints = [models.UniqueConstraint(fields=["lot", "member"], name="one_role_per_member_and_lot")]

    def __str__(self) -> str:
        return f"{self.member} · {self.lot}"


class DutyShift(models.Model):
    """When a member of staff is on duty each week, in the lot's zone; an end up to the start is on the next day."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    staff = models.ForeignKey(LotStaff, models.CASCADE, related_name="shifts", verbose_name=_("lot staff"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    start = models.TimeField(pgettext_lazy("shift", "from"))
    end = models.TimeField(pgettext_lazy("shift", "until"))
    rank = models.PositiveSmallIntegerField(_("called as number"), default=1, validators=[MinValueValidator(1)])
    """1 is called first when somebody needs help, 2 a minute later, and so on."""

    class Meta:
        verbose_name = _("duty shift")
        verbose_name_plural = _("duty roster")
        ordering = ["staff__lot", "weekday", "start", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["staff", "weekday", "start"], name="one_shift_at_a_time"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="shift_on_a_weekday"),
        ]

    def __str__(self) -> str:
        return f"{self.staff} · {self.get_weekday_display()} {self.start:%H:%M}–{self.end:%H:%M}"


class FloorPlan(models.Model):
    """One level of a lot, in metres from its top left corner, y downwards.

    ``shapes``: list of {"kind": wall|lane|pillar|arrow|road|green|building, "points": [[x, y], …], "label"?: text}.
    """

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="floor_plans", verbose_name=_("lot"))
    level = models.SmallIntegerField(_("level"), default=-1)
    name_zh = models.CharField(_("name (Chinese)"), max_length=40)
    name_en = models.CharField(_("name (English)"), max_length=40, blank=True)
    width = models.FloatField(_("width (m)"), validators=[MinValueValidator(1)])
    height = models.FloatField(_("height (m)"), validators=[MinValueValidator(1)])
    shapes = models.JSONField(_("shapes"), default=list, blank=True)

    class Meta:
        verbose_name = _("floor plan")
        verbose_name_plural = _("floor plans")
        ordering = ["lot", "level"]
        constraints = [models.UniqueConstraint(fields=["lot", "level"], name="one_plan_per_level")]

    def __str__(self) -> str:
        return f"{self.lot} · {self.name}"

    @property
    def name(self) -> str:
        return in_language(self.name_zh, self.name_en)


class Gate(models.Model):
    """An entrance or exit with a camera, a card dispenser or collector and a barrier."""

    class Direction(models.TextChoices):
        ENTRY = "entry", _("entry")
        EXIT = "exit", _("exit")

    class Camera(models.TextChoices):
        HIKVISION = "hikvision", _("Hikvision (ISAPI)")
        DAHUA = "dahua", _("Dahua (ITSAPI)")
        GENERIC = "generic", _("any other (signed JSON)")

    class Barrier(models.TextChoices):
        MODBUS = "modbus", _("Modbus RTU")
        ISAPI = "isapi", _("by the camera (ISAPI)")

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="gates", verbose_name=_("lot"))
    floor_plan = models.ForeignKey(
        FloorPlan, models.SET_NULL, null=True, blank=True, related_name="gates", verbose_name=_("floor plan")
    )
    code = models.SlugField(_("code"), max_length=16)
    name_zh = models.CharField(_("name (Chinese)"), max_length=40)
    name_en = models.CharField(_("name (English)"), max_length=40, blank=True)
    direction = models.CharField(_("direction"), max_length=6, choices=Direction)
    camera = models.CharField(pgettext_lazy("gate", "camera"), max_length=10, choices=Camera, default=Camera.HIKVISION)
    barrier = models.CharField(_("barrier"), max_length=8, choices=Barrier, default=Barrier.MODBUS)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    x = models.FloatField(_("x on the plan (m)"), default=0)
    y = models.FloatField(_("y on the plan (m)"), default=0)

    class Meta:
        verbose_name = _("gate")
        verbose_name_plural = _("gates")
        ordering = ["lot", "code"]
        constraints = [models.UniqueConstraint(fields=["lot", "code"], name="gate_code_in_lot")]

    def __str__(self) -> str:
        return f"{self.lot} · {self.name}"

    @property
    def name(self) -> str:
        return in_language(self.name_zh, self.name_en)
