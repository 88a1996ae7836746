"""Lot servers sign each request with their own Ed25519 key; a lot reaches only its own path.

Headers: ``Berth-Lot: <code>``, ``Berth-Timestamp: <Unix seconds>``, ``Berth-Signature``: base64 of the signature over
METHOD, path with query, timestamp and the body's SHA-256 in hex, a line each.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from berth.kernel import signatures
from hardware.domain import rejections
from hardware.models import LotServer

CLOCK_TOLERANCE = 300


class LotServerIdentity:
    """Who is asking, in the place of a member."""

    is_authenticated = True
    is_active = True
    is_staff = False
    is_superuser = False
    is_anonymous = False
    pk = None

    def __init__(self, server: LotServer) -> None:
        self.server = server


def signed_text(*, method: str, path: str, timestamp: str, body: bytes) -> bytes:
    """What is signed. ``path`` has its query."""
    return f"{method}\n{path}\n{timestamp}\n{hashlib.sha256(body).hexdigest()}".encode()


class LotSignatureAuthentication(BaseAuthentication):
    """401 for everything but a fresh signature by the key that is registered for the lot."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        code = request.headers.get("Berth-Lot", "")
        signature = request.headers.get("Berth-Signature", "")
        if not code and not signature:
            return None
        server = LotServer.objects.select_related("lot").filter(lot__code=code[:32]).first()
        if server is None or not server.public_key:
            raise self._refused("unknown_lot", code)
        timestamp = request.headers.get("Berth-Timestamp", "")
        if not self._is_fresh(timestamp):
            raise self._refused("timestamp", code)
        text = signed_text(
            method=request.method or "", path=request.get_full_path(), timestamp=timestamp, body=_body(request)
        )
        if not signatures.verify(server.public_key, text, signature):
            raise self._refused("signature", code)
        return LotServerIdentity(server), None

    def authenticate_header(self, request: Request) -> str:
        return "Berth-Signature"

    @staticmethod
    def _is_fresh(timestamp: str) -> bool:
        return (
            timestamp.isascii()
            and timestamp.isdigit()
            and len(timestamp) < 12
            and (abs(time.time() - int(timestamp)) <= CLOCK_TOLERANCE)
        )

    @staticmethod
    def _refused(reason: str, code: str) -> AuthenticationFailed:
        rejections.count(source="lot_api", reason=reason, detail=code)
        return AuthenticationFailed(_("The request is not signed by this lot, or its clock is wrong."))


def _body(request: Request) -> bytes:
    try:
        return request._request.body
    except RequestDataTooBig as error:
        raise ParseError(_("The body is too large.")) from error


class IsOwnLot(BasePermission):
    """Only the lot server of the lot in the path."""

    message = _("A lot server reaches only its own lot.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        identity: object = request.user
        if not isinstance(identity, LotServerIdentity):
            return False
        if identity.server.lot.code != view.kwargs.get("code"):
            rejections.count(source="lot_api", reason="other_lot", detail=identity.server.lot.code)
            return False
        return True


class LotSignatureScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = LotSignatureAuthentication
    name = "lotSignature"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Berth-Signature",
            "description": "Ed25519 by the lot's key, with Berth-Lot and Berth-Timestamp (docs/lot-system.md).",
        }
