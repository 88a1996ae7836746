"""What a gate's camera saw, for the staff of its lot alone."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from hardware.domain.pictures import oldest_kept
from hardware.models import GatePicture
from operations.access import staffed_lot


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def picture(request: HttpRequest, code: str, gate_code: str, picture_id: int) -> HttpResponse:
    """The JPEG; 404 once its days are over."""
    lot = staffed_lot(request, code)
    kept = GatePicture.objects.filter(gate__lot=lot, gate__code=gate_code, received_at__gte=oldest_kept())
    return HttpResponse(bytes(get_object_or_404(kept, pk=picture_id).jpeg), content_type="image/jpeg")
