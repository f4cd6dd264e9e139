"""The customer's side is looked at with the desk's clock and browser."""

from __future__ import annotations

from tests.desk.conftest import browser, clock, lasting_shop, opens, shop

__all__ = ["browser", "clock", "lasting_shop", "opens", "shop"]
