"""What stands around every page: the navigation, and who is looking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext, gettext_noop

from onorder.desk.person import person_of
from onorder.desk.rights import May, rights_of
from onorder.models import PurchaseOrder, StockLevel
from onorder.queries.parcels import number_ready
from onorder.rules.lifecycle import OPEN

#: Seconds for which the figures beside the names of pages may be out of date.
COUNTED_FOR = 10

#: The pages in the order of the goods: name of the URL, name, icon, and the letter that goes there after `g`. The first
#: word of a URL's name says to which page it belongs: "purchase-orders.one".
PAGES = (
    ("start", gettext_noop("Today"), "sun", "t"),
    ("queue", gettext_noop("Queue"), "list-ordered", "q"),
    ("buffers", gettext_noop("Buffers"), "inbox", "b"),
    ("purchase-orders", gettext_noop("Purchase orders"), "file-text", "p"),
    ("receiving", gettext_noop("Receiving"), "scan-barcode", "r"),
    ("parcels", gettext_noop("Parcels"), "package", "a"),
    ("orders", gettext_noop("Orders"), "shopping-bag", "o"),
    ("catalogue", gettext_noop("Catalogue"), "tag", "c"),
    ("suppliers", gettext_noop("Suppliers"), "store", "s"),
    ("customers", gettext_noop("Customers"), "users", "k"),
    ("settings", gettext_noop("Settings"), "settings", "e"),
)
THEMES = ("light", "dark")
#: Those that a thumb reaches at the bottom of a phone.
AT_HAND = ("start", "queue", "receiving", "parcels")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation. `key`: the letter that goes there after `g`."""

    page: str
    name: str
    url: str
    icon: str
    key: str
    count: int | None
    is_current: bool

    @property
    def is_at_hand(self) -> bool:
        return self.page in AT_HAND


def shell(request: HttpRequest) -> dict[str, Any]:
    """For the templates of the desk: `shop`, `navigation`, `may`, `own` (how whoever looks likes it). Nothing is read
    by a page that does not show it."""
    return {
        "shop": getattr(request, "shop", None),
        "navigation": SimpleLazyObject(lambda: _navigation(request)),
        "may": SimpleLazyObject(lambda: May(rights_of(request.user))),
        "theme": SimpleLazyObject(lambda: _theme(request)),
        "own": SimpleLazyObject(lambda: person_of(request.user)),
    }


def _theme(request: HttpRequest) -> str:
    """What the person chose; before they have logged in, what this browser showed last."""
    is_known = hasattr(request, "user") and request.user.is_authenticated and person_of(request.user).pk
    theme = person_of(request.user).theme if is_known else request.COOKIES.get("theme", "")
    return theme if theme in THEMES else ""


def _navigation(request: HttpRequest) -> list[Entry]:
    counts = _counts()
    here = (request.resolver_match.url_name or "").partition(".")[0] if request.resolver_match else ""
    return [
        Entry(page, gettext(name), reverse(page), icon, key, counts.get(page), here == page)
        for page, name, icon, key in PAGES
    ]


def _counts() -> dict[str, int]:
    """By page, what waits there."""
    known: dict[str, int] | None = cache.get("desk-counts")
    if known is None:
        levels = StockLevel.objects.filter(waiting__gt=0).aggregate(waiting=Sum("waiting", default=0))
        buffers = StockLevel.objects.filter(buffered_at__isnull=False)
        known = {
            "queue": levels["waiting"],
            "buffers": buffers.values("supplier", "location").distinct().count(),
            "purchase-orders": PurchaseOrder.objects.filter(state__in=[str(state) for state in OPEN]).count(),
            "parcels": number_ready(),
        }
        cache.set("desk-counts", known, COUNTED_FOR)
    return known
