from __future__ import annotations

import pytest

from berth.kernel import signatures
from tests.hardware.making import Site, make_site


@pytest.fixture
def site(db) -> Site:
    return make_site()


@pytest.fixture
def signing_key(settings) -> str:
    settings.GRANT_SIGNING_KEY = signatures.new_private_key()
    return settings.GRANT_SIGNING_KEY
