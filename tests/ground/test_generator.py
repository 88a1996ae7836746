"""A generated country is one that the platform could have made itself."""

from __future__ import annotations

import io
import random
import re

import pytest
from django.db import connection
from django.utils import timezone

from berth.generator import make_country
from berth.generator.clusters import make_cities, make_sites
from berth.generator.progress import Progress
from berth.kernel.errors import Conflict
from lots.domain.idle_check import check_idle_time
from lots.models import Lot, Occupancy, Spot
from trading.models import Booking


def definitions() -> list[tuple[str, str]]:
    """By name; without the casts and brackets that PostgreSQL writes anew each time it reads its own text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2")
        rows = cursor.fetchall()
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
        rows += cursor.fetchall()
    return [(name, re.sub(r"[()]|::text(\[\])?|::character varying", "", text)) for name, text in rows]


@pytest.mark.django_db(transaction=True)
def test_country_is_true_to_its_sources_and_leaves_every_constraint() -> None:
    before, shown = definitions(), io.StringIO()
    country = make_country(spots=90, bookings=400, now=timezone.now(), progress=Progress(shown))
    assert (Spot.objects.count(), Lot.objects.count()) == (90, country.lots)
    assert country.bookings == Occupancy.objects.count() == Booking.objects.count() > 300
    assert check_idle_time() == []
    assert definitions() == before
    assert "lots.idletime" in shown.getvalue()
    Spot.objects.create(lot=Lot.objects.all()[0], code="new", floor_plan=Lot.objects.all()[0].floor_plans.get())
    with pytest.raises(Conflict):
        make_country(spots=1, bookings=0, now=timezone.now(), progress=Progress(shown))


def test_same_seed_is_the_same_country() -> None:
    def sites(seed: int) -> list[object]:
        dice = random.Random(seed)
        return list(make_sites(make_cities(5000, dice), dice))

    assert sites(1) == sites(1) != sites(2)
    assert sum(site.spots for site in sites(1)) == 5000  # type: ignore[attr-defined]
