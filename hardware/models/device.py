"""Controllers and locks, each with its twin: what was commanded and what the device last acknowledged."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lots.models import FloorPlan, Lot, Spot
from lots.models.lot import in_language


class LockDriver(models.TextChoices):
    """What hangs on a controller's lock bus: names of hardware.controller.drivers."""

    MODBUS = "modbus", _("Modbus RTU locks")
    KERONG_CU16 = "kerong-cu16", _("Kerong CU12/CU16 board")
    KERONG_CU48 = "kerong-cu48", _("Kerong CU24/CU48 board")


class Controller(models.Model):
    """A controller on an RS-485 line of the lot: OSDP address 0–126, in charge of several spot locks."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="controllers", verbose_name=_("lot"))
    floor_plan = models.ForeignKey(FloorPlan, models.PROTECT, related_name="controllers", verbose_name=_("floor plan"))
    code = models.SlugField(_("code"), max_length=16)
    label_zh = models.CharField(_("sign (Chinese)"), max_length=60)
    label_en = models.CharField(_("sign (English)"), max_length=60, blank=True)
    line = models.PositiveSmallIntegerField(_("RS-485 line"), default=1)
    address = models.PositiveSmallIntegerField(_("OSDP address"), validators=[MaxValueValidator(126)])
    x = models.FloatField(_("x on the plan (m)"), default=0)
    y = models.FloatField(_("y on the plan (m)"), default=0)
    lock_driver = models.CharField(_("lock bus"), max_length=12, choices=LockDriver, default=LockDriver.MODBUS)
    online = models.BooleanField(_("online"), default=False)
    state_reason = models.CharField(_("reason"), max_length=80, blank=True)
    state_at = models.DateTimeField(_("state since"), null=True, blank=True)

    class Meta:
        verbose_name = _("controller")
        verbose_name_plural = _("controllers")
        ordering = ["lot", "code"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "code"], name="controller_code_in_lot"),
            models.UniqueConstraint(fields=["lot", "line", "address"], name="osdp_address_on_line"),
            models.CheckConstraint(condition=Q(address__lte=126), name="osdp_address_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.lot} {self.code}"

    @property
    def label(self) -> str:
        return in_language(self.label_zh, self.label_en)


class SpotLock(models.Model):
    """The lock of a spot, on its controller's lock bus (its unit number), and its twin.

    ``commanded`` and ``acknowledged`` each with the time since when they are so; where they differ the desk shows it.
    """

    class Position(models.TextChoices):
        UNKNOWN = "unknown", _("unknown")
        RAISED = "raised", _("raised")
        LOWERED = "lowered", _("lowered")
        MOVING = "moving", _("moving")
        JAMMED = "jammed", _("jammed")
        OFFLINE = "offline", _("no answer")

    spot = models.OneToOneField(Spot, models.PROTECT, related_name="lock", verbose_name=_("spot"))
    controller = models.ForeignKey(Controller, models.PROTECT, related_name="locks", verbose_name=_("controller"))
    unit = models.PositiveSmallIntegerField(_("unit on the lock bus"))
    commanded = models.CharField(_("commanded"), max_length=8, choices=Position, default=Position.RAISED)
    acknowledged = models.CharField(_("acknowledged"), max_length=8, choices=Position, default=Position.UNKNOWN)
    vehicle_present = models.BooleanField(_("vehicle present"), default=False)
    battery_low = models.BooleanField(_("battery low"), default=False)
    drifting = models.BooleanField(_("wearing out"), default=False)
    """It needs longer than it used to, or several tries (hardware.lotserver.wear)."""
    unexpected = models.BooleanField(_("nobody let this vehicle on"), default=False)
    commanded_at = models.DateTimeField(_("commanded since"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged since"), null=True, blank=True)
    tested_at = models.DateTimeField(_("last test"), null=True, blank=True)
    works = models.BooleanField(_("last test or opening worked"), null=True, blank=True)
    state_at = models.DateTimeField(_("state since"), null=True, blank=True)

    class Meta:
        verbose_name = _("spot lock")
        verbose_name_plural = _("spot locks")
        ordering = ["spot"]
        constraints = [
            models.UniqueConstraint(fields=["controller", "unit"], name="modbus_unit_on_controller"),
            models.CheckConstraint(condition=Q(unit__gte=1, unit__lte=247), name="modbus_unit_in_range"),
        ]

    def __str__(self) -> str:
        return str(self.spot)

    @property
    def faults(self) -> list[str]:
        """Why its spot is not sold: of jammed, offline, battery, drifting, test, controller."""
        told = {
            "jammed": self.acknowledged == self.Position.JAMMED,
            "offline": self.acknowledged == self.Position.OFFLINE,
            "battery": self.battery_low,
            "drifting": self.drifting,
            "test": self.works is False,
            "controller": not self.controller.online,
        }
        return [fault for fault, present in told.items() if present]
