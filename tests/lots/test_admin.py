"""The back office sees and finds everything of lots, and cannot skip a state."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from lots.models import Feature, IdleTime, Listing, Spot
from tests.lots.making import make_listing, make_lot, make_member, make_spot, quarter

pytestmark = pytest.mark.django_db
MODELS = list(apps.get_app_config("lots").get_models())


@pytest.fixture
def office(client):
    client.force_login(make_member(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def listing():
    from lots.domain import listings, occupancy

    made = make_listing(make_spot(code="A-12"))
    listings.add_exception(listing=made, day=quarter(3000).date(), kind="closed", by=made.owner)
    occupancy.owner_use(spot=made.spot, start=quarter(0), end=quarter(60), by=made.owner)
    return made


def address(model, page="changelist", *args):
    return reverse(f"admin:lots_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_is_listed_searched_filtered_and_opened(office, listing, model):
    registered = admin.site.get_model_admin(model)
    assert registered.search_fields
    assert registered.list_filter
    assert office.get(address(model), {"q": "12"}).status_code == 200
    row = model.objects.first()
    if row is not None:
        assert office.get(address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("name", ["Listing", "WeeklyWindow", "ScheduleException", "Occupancy", "IdleTime"])
def test_what_the_domain_keeps_cannot_be_written(office, listing, name):
    model = apps.get_model("lots", name)
    row = model.objects.first()
    assert office.get(address(model, "add")).status_code == 403
    assert office.post(address(model, "change", row.pk), {"state": "withdrawn"}).status_code == 403
    assert office.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert Listing.objects.get().state == "published"


def spot_form(spot, **changes):
    return {
        "code": spot.code,
        "floor_plan": spot.floor_plan_id,
        "owner": spot.owner_id,
        "outline": "[[0, 0], [2, 0], [2, 5], [0, 5]]",
        "features": [],
    } | changes


def test_features_are_ticked_and_reach_the_search(office, listing):
    features = [int(Feature.COVERED), int(Feature.WIDE)]
    office.post(address(Spot, "change", listing.spot_id), spot_form(listing.spot, features=features))
    listing.spot.refresh_from_db()
    assert listing.spot.features == IdleTime.objects.get().features == Feature.COVERED | Feature.WIDE


def test_owner_is_not_exchanged_under_a_listing(office, listing):
    response = office.post(address(Spot, "change", listing.spot_id), spot_form(listing.spot, owner=make_member().pk))
    assert response.status_code == 200
    listing.spot.refresh_from_db()
    assert listing.spot.owner_id == listing.owner_id


def test_owner_of_a_spot_without_a_listing_is_registered(office):
    spot, owner = make_spot(), make_member()
    office.post(address(Spot, "change", spot.pk), spot_form(spot, owner=owner.pk))
    spot.refresh_from_db()
    assert spot.owner == owner


def test_plan_of_another_lot_is_refused(office):
    spot = make_spot()
    other = make_lot().floor_plans.get()
    assert office.post(address(Spot, "change", spot.pk), spot_form(spot, floor_plan=other.pk)).status_code == 200
    spot.refresh_from_db()
    assert spot.floor_plan.lot == spot.lot
