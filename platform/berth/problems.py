"""RFC 9457 problems: one shape for every error of the API."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from berth.kernel.errors import DomainError

CONTENT_TYPE = "application/problem+json"


def problem(code: str, detail: str, status: int, fields: dict[str, Any] | None = None) -> dict[str, Any]:
    """The problem object. ``type`` is a name, not an address (RFC 9457, 3.1.1): urn:berth:problem:<code>."""
    body: dict[str, Any] = {"type": f"urn:berth:problem:{code}", "title": code, "status": status, "detail": detail}
    if fields:
        body["errors"] = fields
    return body


def domain_problem(error: DomainError) -> dict[str, Any]:
    fields = {name: str(text) for name, text in error.fields.items()}
    return problem(error.code, str(error.message), error.status, fields)


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: every refusal becomes a problem; what is not a refusal goes on to the 500 handler."""
    if isinstance(exc, DomainError):
        return Response(domain_problem(exc), status=exc.status, content_type=CONTENT_TYPE)
    response = drf_exception_handler(exc, context)
    if response is None:
        return None
    fields = response.data if isinstance(exc, exceptions.ValidationError) else None
    code = _code_of(exc)
    detail = str(getattr(exc, "detail", exc)) if fields is None else "The request has errors."
    if isinstance(fields, list):
        fields = {"non_field_errors": fields}
    response.data = problem(code, detail, response.status_code, fields)
    response.content_type = CONTENT_TYPE
    return response


def problem_response(error: DomainError) -> JsonResponse:
    """For views outside DRF that speak JSON (webhooks)."""
    return JsonResponse(domain_problem(error), status=error.status, content_type=CONTENT_TYPE)


def _code_of(exc: Exception) -> str:
    if isinstance(exc, Http404):
        return "not_found"
    if isinstance(exc, PermissionDenied):
        return "permission_denied"
    return str(getattr(exc, "default_code", "error"))
