"""What a lot tells, what it is told, and calls for help."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from berth.kernel.ids import uuid7
from hardware.models.access import Grant
from hardware.models.device import Controller
from lots.models import Lot, Spot


class LotEvent(models.Model):
    """An event of a lot, taken once by (lot, sequence). Kinds and payloads: hardware.event_kinds."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="events", verbose_name=_("lot"))
    sequence = models.PositiveBigIntegerField(_("sequence"))
    kind = models.CharField(_("kind"), max_length=32)
    occurred_at = models.DateTimeField(_("occurred"))
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    grant = models.ForeignKey(
        Grant, models.PROTECT, null=True, blank=True, related_name="events", verbose_name=_("grant")
    )
    payload = models.JSONField(_("payload"), default=dict)

    class Meta:
        verbose_name = _("lot event")
        verbose_name_plural = _("lot events")
        ordering = ["-occurred_at", "-sequence"]
        constraints = [models.UniqueConstraint(fields=["lot", "sequence"], name="event_sequence_in_lot")]
        indexes = [models.Index(fields=["lot", "-occurred_at"], name="lot_events_by_time")]

    def __str__(self) -> str:
        return f"{self.lot} #{self.sequence} {self.kind}"


RESULTS = {
    "opened": _("the lock is open"),
    "raised": _("the lock is up"),
    "refused": _("a vehicle stands there"),
    "failed": _("the lock did not move"),
    "stale": _("the order came too late"),
    "unknown": _("the lot does not know the spot or gate"),
    "no_authority": _("neither a valid booking nor a reason"),
    "restarted": _("the lot server was restarted"),
    "no_answer": _("the controller did not answer"),
    "offline": _("the controller is offline"),
    "lot_silent": _("the lot did not answer"),
    "tested": _("the lock went down and up"),
    "shown": _("it is on the display"),
    "text": _("the text does not fit on the display"),
    "not_supported": _("the lot server cannot do that yet"),
}
"""What a lot says of an order, in words."""


class LockCommand(models.Model):
    """An order from above to a lot: by whom, why, and what came of it. Stale orders are refused by the lot server."""

    class Kind(models.TextChoices):
        UNLOCK = "unlock", _("open the lock")
        RAISE = "raise", _("raise the lock")
        OPEN_GATE = "open_gate", _("open the gate")
        SHOW_TEXT = "show_text", _("show a text")
        SELF_TEST = "self_test", _("test the lock")
        ROTATE_KEY = "rotate_key", _("change the controller's key")

    class State(models.TextChoices):
        SENT = "sent", _("sent")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        REFUSED = "refused", _("refused")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="commands", verbose_name=_("lot"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    spot = models.ForeignKey(Spot, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("spot"))
    gate_code = models.CharField(_("gate"), max_length=16, blank=True)
    controller = models.ForeignKey(
        Controller, models.PROTECT, null=True, blank=True, related_name="commands", verbose_name=_("controller")
    )
    text = models.CharField(_("text on the display"), max_length=200, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="lock_commands", verbose_name=_("by")
    )
    grant = models.ForeignKey(
        Grant, models.PROTECT, null=True, blank=True, related_name="commands", verbose_name=_("grant")
    )
    """With a grant: phone as key. Without: a staff override, which needs a reason."""
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    at_booth = models.BooleanField(_("ordered at the lot"), default=False)
    """Given at the lot server's own booth page and told afterwards; it was never sent."""
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.SENT)
    result = models.CharField(_("result"), max_length=200, blank=True)
    requested_at = models.DateTimeField(pgettext_lazy("order", "requested"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("lock command")
        verbose_name_plural = _("lock commands")
        ordering = ["-requested_at"]
        constraints = [
            models.CheckConstraint(condition=Q(grant__isnull=False) | ~Q(reason=""), name="override_has_a_reason")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.spot or self.controller or self.gate_code}"

    @property
    def result_text(self) -> str:
        """What came of it, in words; what has none is shown as the lot said it."""
        return str(RESULTS.get(self.result, self.result))


class EmergencyCall(models.Model):
    """Someone needs help at a lot: the button, a failed unlock or a failed verification."""

    class State(models.TextChoices):
        RAISED = "raised", _("nobody has taken it")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("call", "taken")
        RESOLVED = "resolved", _("resolved")

    class Reason(models.TextChoices):
        BUTTON = "button", _("emergency button")
        UNLOCK_FAILED = "unlock_failed", _("the lock did not open")
        VERIFICATION_FAILED = "verification_failed", _("the card was not accepted")
        GATE = "gate", _("help at the gate")
        TAMPER = "tamper", _("a controller was opened")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="emergency_calls", verbose_name=_("lot"))
    controller = models.ForeignKey(
        Controller, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("controller")
    )
    spot = models.ForeignKey(Spot, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("spot"))
    grant = models.ForeignKey(
        Grant, models.PROTECT, null=True, blank=True, related_name="emergency_calls", verbose_name=_("grant")
    )
    gate_code = models.CharField(_("gate"), max_length=16, blank=True)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.RAISED)
    raised_at = models.DateTimeField(_("called"))
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("taken by")
    )
    acknowledged_at = models.DateTimeField(pgettext_lazy("call", "taken"), null=True, blank=True)
    passed_on_at = models.DateTimeField(_("last passed on"), null=True, blank=True)
    """When somebody was last told; a minute later the next person is. Empty when there is nobody left to tell."""
    escalated_at = models.DateTimeField(_("escalated"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("emergency call")
        verbose_name_plural = _("emergency calls")
        ordering = ["-raised_at"]
        indexes = [models.Index(fields=["lot"], condition=~Q(state="resolved"), name="open_emergency_calls")]

    def __str__(self) -> str:
        return f"{self.lot} {self.get_reason_display()}"


class CallStep(models.Model):
    """What was done about a call for help: who was told, who took it, how it ended. Only added to."""

    class Kind(models.TextChoices):
        TOLD = "told", pgettext_lazy("call", "told")
        NOBODY = "nobody", pgettext_lazy("call", "nobody left to tell")
        TAKEN = "taken", pgettext_lazy("call", "taken")
        RESOLVED = "resolved", pgettext_lazy("call", "resolved")

    call = models.ForeignKey(EmergencyCall, models.PROTECT, related_name="steps", verbose_name=_("emergency call"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("member")
    )
    at = models.DateTimeField(_("at"))
    at_booth = models.BooleanField(_("at the lot's booth page"), default=False)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("step of a call")
        verbose_name_plural = _("steps of calls")
        ordering = ["call", "at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "kind"], condition=Q(kind__in=["taken", "resolved", "nobody"]), name="call_ends_once"
            ),
            models.UniqueConstraint(fields=["call", "person"], condition=Q(kind="told"), name="each_told_once"),
        ]

    def __str__(self) -> str:
        return f"{self.call} · {self.get_kind_display()}"
