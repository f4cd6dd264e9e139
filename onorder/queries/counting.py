"""Counts at the dock that are not booked yet: who counts what, and what others booked meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Subquery

from onorder.models import Counting, Receipt, ReceiptLine
from onorder.queries.stamp import stamp

#: So long after a change somebody still stands at the dock.
COUNTS_FOR = timedelta(minutes=10)
#: Older drafts are nobody's any more.
KEPT_FOR = timedelta(days=7)
MOST = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody counted of a purchase order and has not booked. `counts`: by SKU the good, the damaged, and why."""

    number: str
    person: int
    who: str
    device: str
    counts: Mapping[str, tuple[int, int, str]]
    at: datetime
    is_counting: bool

    @property
    def units(self) -> int:
        """Good units."""
        return sum(good for good, _bad, _why in self.counts.values())


def is_void() -> Exists:
    """Of a draft: its person has booked under its key. A request that was on its way while they did wrote it."""
    return Exists(Receipt.objects.filter(key=OuterRef("key"), by=OuterRef("person__username")))


def drafts(now: datetime, number: str | None = None) -> list[Draft]:
    """Counts in progress, of one purchase order or of all, the newest first. One statement."""
    found = Counting.objects.filter(~is_void(), changed_at__gt=now - KEPT_FOR)
    if number is not None:
        found = found.filter(purchase_order__number=number)
    rows = found.order_by("-changed_at", "-pk").values_list(
        "purchase_order__number",
        "person",
        "person__first_name",
        "person__last_name",
        "person__username",
        "device",
        "counts",
        "changed_at",
    )
    return [
        Draft(
            of,
            person,
            f"{first} {last}".strip() or name,
            device,
            {sku: (good, bad, why) for sku, (good, bad, why) in counts.items()},
            at,
            at > now - COUNTS_FOR,
        )
        for of, person, first, last, name, device, counts, at in rows[:MOST]
    ]


@dataclass(frozen=True, slots=True)
class BookedSince:
    """A receipt of a purchase order that somebody is counting. `who` is `by` as people call them."""

    receipt: int
    by: str
    who: str
    lines: tuple[tuple[str, str, int, int, str], ...]  # SKU, product, accepted, rejected, why.

    @property
    def units(self) -> int:
        """Good units."""
        return sum(good for _sku, _product, good, _bad, _why in self.lines)

    @property
    def counts(self) -> Mapping[str, tuple[int, int, str]]:
        """As a draft has them."""
        return {sku: (good, bad, why) for sku, _product, good, bad, why in self.lines}


def booked_since(number: str, receipts: int) -> list[BookedSince]:
    """What was booked on a purchase order after its first `receipts` receipts. Two statements."""
    person = User.objects.filter(username=OuterRef("by"))
    of_order = Receipt.objects.filter(purchase_order__number=number).order_by("pk")
    named = of_order.annotate(first=Subquery(person.values("first_name")), last=Subquery(person.values("last_name")))
    found = list(named.values_list("pk", "by", "first", "last")[receipts : receipts + 20])
    lines: dict[int, list[tuple[str, str, int, int, str]]] = {row[0]: [] for row in found}
    rows = ReceiptLine.objects.filter(receipt__in=lines).order_by("variant__sku", "pk")
    of_lines = ("receipt", "variant__sku", "variant__product__name", "accepted", "rejected", "why_rejected")
    for receipt, sku, product, good, bad, why in rows.values_list(*of_lines):
        lines[receipt].append((sku, product, good, bad, why))
    return [
        BookedSince(receipt, by, f"{first or ''} {last or ''}".strip() or by, tuple(lines[receipt]))
        for receipt, by, first, last in found
    ]


def counting_stamp() -> str:
    """Another word as soon as something has happened, or somebody has counted on. Two statements.

    A draft leaves no event, for it is no fact; so the list of those who count asks for more than the newest event.
    """
    rows = Counting.objects.order_by("pk").values_list("pk", "turn", "changed_at")
    return sha256(repr((stamp(), list(rows[:MOST]))).encode()).hexdigest()[:16]
