"""The providers of this deployment, by name."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from finance.providers.base import Provider
from finance.providers.sandbox import SandboxProvider

DEFAULT = "sandbox"


class UnknownProvider(LookupError):
    """No provider of this name is set up."""


def provider_named(name: str) -> Provider:
    """Raises UnknownProvider."""
    try:
        return _PROVIDERS[name]()
    except KeyError as error:
        raise UnknownProvider(name) from error


def provider_for_payouts(channel: str) -> str:
    """The name of the provider that pays to this channel (PayoutDestination.Channel)."""
    return DEFAULT


def _sandbox() -> Provider:
    return SandboxProvider(
        url=settings.CASHIER_URL,
        merchant_key=settings.SANDBOX_MERCHANT_KEY,
        provider_public_key=settings.SANDBOX_PROVIDER_PUBLIC_KEY,
    )


_PROVIDERS: dict[str, Callable[[], Provider]] = {"sandbox": _sandbox}
