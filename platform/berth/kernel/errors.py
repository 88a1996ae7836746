"""Refusals that a person or a program gets an answer to.

A domain function raises one of these; the page shows ``message`` (translated), the API sends an RFC 9457 problem
with ``code`` as its type, and a task logs it. Anything else that escapes a domain function is a defect.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise

Text = str | Promise


class DomainError(Exception):
    """A request that cannot be fulfilled. ``code`` is stable and machine-readable, ``message`` is for people."""

    status = 409

    def __init__(self, code: str, message: Text, *, fields: Mapping[str, Text] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.fields = dict(fields or {})
        """Form or JSON field name → what is wrong with it and how to mend it."""


class InvalidInput(DomainError):
    """The request itself is wrong (400)."""

    status = 400


class NotAllowed(DomainError):
    """This member may not do this (403)."""

    status = 403


class Conflict(DomainError):
    """The state of things forbids it now (409)."""

    status = 409


class TooMany(DomainError):
    """Rate limit reached (429)."""

    status = 429


class TooSlow(DomainError):
    """The answer would have taken longer than anybody waits (503)."""

    status = 503
