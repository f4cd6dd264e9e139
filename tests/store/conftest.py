"""The customer's side is looked at with the desk's clock and browser."""

from __future__ import annotations

from tests.desk.conftest import clock, lasting_shop, opens, shop

__all__ = ["clock", "lasting_shop", "opens", "shop"]
