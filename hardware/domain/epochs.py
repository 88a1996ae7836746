"""After a restore from a backup: a named person makes a lot begin anew with what the platform knows now."""

from __future__ import annotations

import logging
import time

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from berth.kernel import live
from berth.kernel.errors import InvalidInput, NotAllowed
from hardware.domain import push
from hardware.domain.grants import lock_server
from hardware.models import EpochRaise, LotServer
from lots.models import Lot
from members.models import Member

log = logging.getLogger(__name__)
REASON_LENGTH = 200


@transaction.atomic
def raise_epoch(*, lot: Lot, by: Member, reason: str) -> EpochRaise:
    """The lot forgets all grants that the platform does not know and takes those that it does.

    The new epoch is the Unix time, so that it is above every one given before, also those that the backup lacks.
    Raises NotAllowed for whoever may not change lot servers, InvalidInput without a reason.
    """
    if not by.has_perm("hardware.change_lotserver"):
        raise NotAllowed("epoch_person", _("Only an administrator may make a lot begin anew."))
    if not reason.strip() or len(reason.strip()) > REASON_LENGTH:
        message = _("Say why, in at most 200 characters.")
        raise InvalidInput("epoch_reason", message, fields={"reason": message})
    server = lock_server(lot.pk)
    epoch = max(server.epoch + 1, int(time.time()))
    LotServer.objects.filter(pk=server.pk).update(epoch=epoch, restored_at=None)
    raised = EpochRaise.objects.create(server=server, epoch=epoch, raised_by=by, reason=reason.strip())
    log.warning("lot %s begins anew with epoch %s, by %s: %s", lot.code, epoch, by.pk, raised.reason)
    push.look(lot_code=lot.code)
    live.publish(f"lot.{lot.code}")
    return raised
