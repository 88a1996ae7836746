from __future__ import annotations

import pytest
from django.test import Client

from members.models import Member


@pytest.fixture
def member(client: Client) -> Member:
    """A member, signed in on ``client``."""
    created = Member.objects.create(phone="+8613800000009", phone_verified=True, display_name="王芳")
    client.force_login(created, backend="django.contrib.auth.backends.ModelBackend")
    return created
