"""Who: members, their vehicles, and the messages that leave the house."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from phonenumber_field.modelfields import PhoneNumberField

from berth.kernel.plates import PlateKind, display


def _new_username() -> str:
    return uuid.uuid4().hex


class Member(AbstractUser):
    """A person or company. ``username`` is internal; people sign in with a phone number or an e-mail address."""

    username = models.CharField(max_length=150, unique=True, default=_new_username, editable=False)
    display_name = models.CharField(_("display name"), max_length=60, blank=True)
    email = models.EmailField(_("e-mail address"), null=True, blank=True, unique=True)  # type: ignore[assignment]
    phone = PhoneNumberField(_("phone number"), null=True, blank=True, unique=True)
    phone_verified = models.BooleanField(_("phone verified"), default=False)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")

    objects: ClassVar[UserManager[Any]] = UserManager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")

    def __str__(self) -> str:
        return self.public_name

    def get_short_name(self) -> str:
        """What the back office greets with."""
        return self.public_name

    @property
    def public_name(self) -> str:
        """What other members see: never the phone number or the e-mail address."""
        return self.display_name or f"{_('Member')} {self.pk}"


class Vehicle(models.Model):
    """A car that a member drives. The plate is normalised (berth.kernel.plates)."""

    class Kind(models.TextChoices):
        BLUE = PlateKind.BLUE.value, _("blue plate")
        YELLOW = PlateKind.YELLOW.value, _("yellow plate")
        GREEN = PlateKind.GREEN.value, _("green plate (new energy)")
        WHITE = PlateKind.WHITE.value, _("white plate")
        BLACK = PlateKind.BLACK.value, _("black plate")

    member = models.ForeignKey(Member, models.CASCADE, related_name="vehicles", verbose_name=_("member"))
    plate = models.CharField(_("plate"), max_length=12)
    plate_kind = models.CharField(_("plate kind"), max_length=8, choices=Kind)
    nickname = models.CharField(_("nickname"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    class Meta:
        verbose_name = _("vehicle")
        verbose_name_plural = _("vehicles")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "plate"],
                condition=models.Q(removed_at__isnull=True),
                name="one_live_vehicle_per_member_and_plate",
            )
        ]

    def __str__(self) -> str:
        return display(self.plate)


class OutboxMessage(models.Model):
    """A message to a person, written in the transaction that caused it and delivered afterwards."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("e-mail")
        SMS = "sms", _("text message")

    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    recipient = models.CharField(_("recipient"), max_length=254)
    subject = models.CharField(pgettext_lazy("message", "subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    dedupe_key = models.CharField(_("deduplication key"), max_length=120, null=True, unique=True, editable=False)  # noqa: DJ001
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(sent_at__isnull=True), name="outbox_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} → {self.recipient}"
