"""What the header offers, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


def _anyone(user: Any) -> bool:
    return True


def _signed_in(user: Any) -> bool:
    return bool(getattr(user, "is_authenticated", False))


def _lot_staff(user: Any) -> bool:
    roles = getattr(user, "lot_roles", None)
    return _signed_in(user) and (user.is_superuser or (roles is not None and roles.exists()))


def _back_office(user: Any) -> bool:
    return _signed_in(user) and bool(user.is_staff)


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation. ``section``: paths that begin with it count as here."""

    name: str
    label: str | Promise
    icon: str
    section: str
    may_see: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Link:
    href: str
    label: str | Promise
    icon: str
    here: bool


PRIMARY = (
    Place("search", _("Find parking"), "search", "/search/", _anyone),
    Place("booking_list", _("Bookings"), "ticket", "/bookings/", _anyone),
    Place("owner_listings", _("My spots"), "bay", "/owner/listings/", _anyone),
    Place("owner_earnings", _("Earnings"), "coins", "/owner/earnings/", _signed_in),
    Place("staff", _("Lot desk"), "gate", "/staff/", _lot_staff),
)
"""At most five, so that they fit the tab bar of a phone."""
ACCOUNT = (
    Place("account", _("My account"), "user", "/account/", _signed_in),
    Place("vehicles", _("My cars and plates"), "car", "/account/vehicles/", _signed_in),
    Place("admin:index", _("Back office"), "settings", "/admin/", _back_office),
)


def links(places: tuple[Place, ...], request: HttpRequest | None) -> list[Link]:
    """The entries that this person may see, in order; a page that this deployment does not have is left out."""
    user, path = getattr(request, "user", None), getattr(request, "path", "")
    seen = [place for place in places if place.may_see(user)]
    hrefs = [(place, _address(place.name)) for place in seen]
    return [Link(href, p.label, p.icon, path.startswith(p.section)) for p, href in hrefs if href]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
