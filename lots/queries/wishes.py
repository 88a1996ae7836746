"""What somebody wants: a place, one time or several, and what the spot must be like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import cos, log, pi, radians, tan
from typing import Any

from lots.domain.bookable import WITHIN_RULES, bookable_values
from lots.domain.idle_time import as_multirange
from lots.domain.intervals import Interval

EARTH_RADIUS_M = 6_378_137


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the spot must be like; lengths in cm, None for any. ``features``: bits that it must all have.

    A height limit that a spot does not have passes every car; a width or length that was never measured passes none.
    """

    features: int = 0
    kind: str = ""
    """Of the lot (``Lot.Kind``); empty for any."""
    height_cm: int | None = None
    width_cm: int | None = None
    length_cm: int | None = None

    @property
    def sized(self) -> bool:
        return any(length is not None for length in (self.height_cm, self.width_cm, self.length_cm))

    @property
    def any(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.features or self.kind or self.sized)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Spots within ``radius_m`` of a point that are idle for the whole of each period, as ``needs`` says."""

    latitude: float
    longitude: float
    radius_m: float
    periods: tuple[Interval, ...]
    needs: Needs = Needs()

    @property
    def start(self) -> datetime:
        return self.periods[0][0]

    @property
    def end(self) -> datetime:
        """Of the first period."""
        return self.periods[0][1]


def mercator(latitude: float, longitude: float) -> tuple[float, float]:
    """The point in Web Mercator metres, as the generated column has it."""
    return EARTH_RADIUS_M * radians(longitude), EARTH_RADIUS_M * log(tan(pi / 4 + radians(latitude) / 2))


# coalesce changes nothing but the planner's mind: it takes the bare conditions for far rarer than they are, then reads
# and sorts every spot of a lot instead of stopping at the cheapest free one (index idle_time_by_price).
_FITS = "i.listed AND coalesce({idle} AND i.features & %(features)s = %(features)s{sizes}, false)"
_ONE = f"i.idle @> tstzrange(%(start)s, %(end)s) AND {WITHIN_RULES}"
_SEVERAL = f"i.idle @> %(periods)s::tstzmultirange AND {WITHIN_RULES}"
_SIZES = """ AND (
    SELECT coalesce(z.max_height_cm >= %(height)s::int, true)
        AND (%(width)s::int IS NULL OR z.width_cm >= %(width)s::int)
        AND (%(length)s::int IS NULL OR z.length_cm >= %(length)s::int)
    FROM lots_spot z WHERE z.id = i.spot_id)"""


def lots_sql(needs: Needs) -> str:
    """The condition on a lot ``l``, but for where it lies."""
    return "l.published AND l.kind = %(kind)s" if needs.kind else "l.published"


def features_sql(needs: Needs) -> str:
    """The condition on an idle time ``i`` whatever the time and the owner's rules about it."""
    return _FITS.format(idle="true", sizes=_SIZES if needs.sized else "")


def spots_sql(needs: Needs, periods: tuple[Interval, ...]) -> str:
    """The condition on an idle time ``i``: listed, idle for all the periods, and as it must be."""
    return _FITS.format(idle=_ONE if len(periods) == 1 else _SEVERAL, sizes=_SIZES if needs.sized else "")


def needs_values(needs: Needs, periods: tuple[Interval, ...]) -> dict[str, Any]:
    """The parameters of the conditions above. The first of several periods decides whether there is enough notice."""
    return {
        **bookable_values(*periods[0]),
        "features": needs.features,
        "kind": needs.kind,
        "height": needs.height_cm,
        "width": needs.width_cm,
        "length": needs.length_cm,
        "periods": as_multirange(periods) if len(periods) > 1 else None,
    }


NEAR = "l.mercator <@ circle(point(%(x)s, %(y)s), %(radius)s)"
DISTANCE = "(l.mercator <-> point(%(x)s, %(y)s)) * %(scale)s"


def place_values(wish: Wish) -> Mapping[str, float]:
    """The parameters of NEAR and DISTANCE: Mercator metres are 1/cos(latitude) true ones."""
    x, y = mercator(wish.latitude, wish.longitude)
    scale = cos(radians(wish.latitude))
    return {"x": x, "y": y, "scale": scale, "radius": wish.radius_m / scale}
