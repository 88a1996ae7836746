"""The whole seed, in order."""

from __future__ import annotations

from django.db import transaction

from berth.seed.devices import make_devices
from berth.seed.ground import make_ground
from berth.seed.history import make_history
from berth.seed.landmarks import make_landmarks
from berth.seed.news import make_news
from berth.seed.offers import make_offers
from berth.seed.people import make_people
from berth.seed.places import PLACES
from berth.seed.report import Report, make_report
from lots.models import Lot


def make_city() -> Report:
    """Everything that is missing. Each lot is one transaction: an interrupted run is taken up by the next."""
    with transaction.atomic():
        people = make_people()
    lots: dict[str, Lot] = {}
    for place in PLACES:
        with transaction.atomic():
            lots[place.code] = make_ground(place, people)
            make_devices(place, lots[place.code])
            make_offers(lots[place.code])
    make_landmarks()
    make_news(lots)
    make_history(people)
    return make_report()
