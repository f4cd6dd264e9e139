from __future__ import annotations

import pytest


@pytest.fixture
def shop(shop):
    """Whatever a test does, every invariant holds after it."""
    yield shop
    assert shop.is_sound()
