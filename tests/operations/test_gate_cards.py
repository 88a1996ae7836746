"""Cards on the desk: what a dispenser has, putting cards back, and a card that was lost."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from hardware.models import AccessCard, GateState
from tests.hardware.making import make_grant, make_site, make_staff

pytestmark = pytest.mark.django_db
State = AccessCard.State


@pytest.fixture
def site():
    return make_site()


def make_card(site, number, **values):
    return AccessCard.objects.create(
        lot=site.lot, chip_uid=f"04A1B2C3D4E5{number:02X}", state_at=timezone.now(), **values
    )


def test_gate_panel_tells_the_stock_and_takes_cards_back(site, client):
    gate = site.lot.gates.get(code="in-1")
    make_card(site, 1, gate=gate)
    returned = make_card(site, 2, state=State.RETURNED, gate=site.lot.gates.get(code="out-1"))
    GateState.objects.create(gate=gate, stock="few", state_at=timezone.now())
    client.force_login(make_staff(site))
    panel = client.get(reverse("dashboard_gate", args=[site.lot.code, "in-1"])).content.decode()
    assert 'data-stock="1"' in panel
    assert reverse("dashboard_refill", args=[site.lot.code, "in-1"]) in panel
    client.post(reverse("dashboard_refill", args=[site.lot.code, "in-1"]))
    returned.refresh_from_db()
    assert (returned.state, returned.gate) == (State.STOCKED, gate)
    assert 'class="lamp' in client.get(reverse("dashboard", args=[site.lot.code])).content.decode()


def test_staff_report_the_card_of_a_bay_lost(site, client):
    grant = make_grant(site)
    card = make_card(site, 1, state=State.ISSUED, issue_number=1, grant=grant)
    place = reverse("dashboard_card_lost", args=[site.lot.code, grant.pk])
    client.force_login(make_staff(site))
    assert place in client.get(reverse("dashboard_bay", args=[site.lot.code, grant.spot.code])).content.decode()
    assert client.post(place).status_code == 302
    card.refresh_from_db()
    assert card.state == State.LOST


def test_staff_of_another_lot_may_not(site, client):
    grant = make_grant(site)
    card = make_card(site, 1, state=State.ISSUED, grant=grant)
    client.force_login(make_staff(make_site()))
    assert client.post(reverse("dashboard_card_lost", args=[site.lot.code, grant.pk])).status_code == 403
    assert client.post(reverse("dashboard_refill", args=[site.lot.code, "in-1"])).status_code == 403
    card.refresh_from_db()
    assert card.state == State.ISSUED
