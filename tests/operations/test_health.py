"""/healthz, as balancers ask for it."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client

from berth.services.ports import free_port


@pytest.mark.django_db
def test_healthy_process_says_so(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "valkey": "ok"})


@pytest.mark.django_db
def test_valkey_out_of_reach_is_told(client: Client, settings: object) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"  # type: ignore[attr-defined]
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"database": "ok", "valkey": "down"})


@pytest.mark.django_db
def test_database_out_of_reach_is_told(client: Client) -> None:
    with patch("operations.views.health.connection.cursor", side_effect=OperationalError):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"database": "down", "valkey": "ok"})
