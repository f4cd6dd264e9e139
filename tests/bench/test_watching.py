"""Somebody checks a shop while it works, and sees one instant of it."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.db import connection

from onorder.bench.checking import WrongResult
from onorder.bench.watching import watcher
from onorder.models import StockLevel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop_of_this_test(lasting_shop, monkeypatch):
    """The shop, in a database that a process of its own finds, too."""
    where = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{where['NAME']}"
    else:
        user = f"{where['USER']}:{where['PASSWORD']}" if where["PASSWORD"] else where["USER"]
        port = f":{where['PORT']}" if where["PORT"] else ""
        url = f"postgres://{user}@{quote(where['HOST'], safe='')}{port}/{where['NAME']}"
    monkeypatch.setenv("ONORDER_DATABASE_URL", url)
    monkeypatch.setenv("ONORDER_SECRET_KEY", "only for tests")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "onorder.config.settings")
    lasting_shop.sells("TEA")
    lasting_shop.order({"TEA": 2})
    return lasting_shop


def test_what_is_sound_is_found_sound_while_the_shop_goes_on(shop_of_this_test):
    with watcher() as checking:
        for _ in range(3):
            checking.look("Monday", 1)
            shop_of_this_test.order({"TEA": 1})
        checking.finish()
        assert checking.seconds > 0


def test_what_is_broken_is_named_with_its_day_even_if_it_is_mended_meanwhile(shop_of_this_test):
    StockLevel.objects.update(waiting=5)
    with watcher() as checking:
        checking.look("Tuesday", 7)
        StockLevel.objects.update(waiting=2)
        with pytest.raises(WrongResult, match=r"Tuesday.*invariant 10 is broken"):
            checking.finish()
        checking.look("Wednesday", 7)
        checking.finish()
