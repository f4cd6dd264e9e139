"""At the dock: what is due, what is to come on one purchase order, and whom it completes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Min, Q, Sum

from onorder.errors import NotFound
from onorder.models import Event, Order, OrderLine, PurchaseOrder, PurchaseOrderLine, Receipt, Variant
from onorder.rules.lifecycle import RECEIVABLE

MOST = 100
_MAY_ARRIVE = [str(state) for state in RECEIVABLE]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A purchase order of which something is still to come. `confirmed_on`: the first day its supplier named."""

    number: str
    supplier: str
    state: str
    units: int
    sent_at: datetime | None
    confirmed_on: date | None


@dataclass(frozen=True, slots=True)
class Booked:
    """Goods that were booked."""

    receipt: int
    number: str
    at: datetime
    by: str
    accepted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Counted:
    """A line to be counted. `codes`: everything that a scanner may read on it, in lower case."""

    sku: str
    product: str
    supplier_sku: str
    barcode: str
    ordered: int
    outstanding: int

    @property
    def codes(self) -> str:
        """As one word each, for the page's script."""
        return "\n".join(code.casefold() for code in (self.sku, self.barcode, self.supplier_sku) if code)


@dataclass(frozen=True, slots=True)
class ToReceive:
    """A purchase order at the dock. `receipts`: how many there are so far; a count holds until there is another."""

    id: int
    number: str
    supplier: str
    state: str
    sent_at: datetime | None
    confirmed_on: date | None
    lines: tuple[Counted, ...]
    receipts: int

    @property
    def units(self) -> int:
        """Units still to come."""
        return sum(line.outstanding for line in self.lines)

    @property
    def key(self) -> str:
        """What a receipt of what is counted now is booked with."""
        return f"dock:{self.number}:{self.receipts}"


def deliveries() -> list[Delivery]:
    """What may arrive: what was confirmed for the earliest day first, what has no day last. One statement."""
    found = PurchaseOrder.objects.filter(state__in=_MAY_ARRIVE, lines__outstanding__gt=0)
    rows = found.annotate(units=Sum("lines__outstanding"), first_on=Min("lines__confirmed_on")).order_by(
        F("first_on").asc(nulls_last=True), "sent_at", "pk"
    )
    values = rows.values_list("number", "supplier__name", "state", "units", "sent_at", "first_on")
    return [Delivery(number, of, state, units, sent, on) for number, of, state, units, sent, on in values[:MOST]]


def receipts(limit: int = 10) -> list[Booked]:
    """What was booked, the newest first. One statement."""
    rows = (
        Receipt.objects.order_by("-pk")
        .annotate(good=Sum("lines__accepted", default=0), bad=Sum("lines__rejected", default=0))
        .values_list("pk", "purchase_order__number", "at", "by", "good", "bad")
    )
    return [Booked(key, number or "", at, by, good, bad) for key, number, at, by, good, bad in rows[:limit]]


def to_receive(number: str) -> ToReceive:
    """A purchase order with its lines, those of which something is to come first. Three statements.

    Raises:
        NotFound: no purchase order has this number.
    """
    order = PurchaseOrder.objects.filter(number=number).select_related("supplier").first()
    if order is None:
        raise NotFound(what="purchase order", name=number)
    found = PurchaseOrderLine.objects.filter(purchase_order=order)
    rows = found.order_by("variant__sku", "pk").values_list(
        "variant__sku",
        "variant__product__name",
        "variant__name",
        "supplier_sku",
        "variant__barcode",
        "ordered",
        "outstanding",
        "confirmed_on",
    )
    lines: dict[str, Counted] = {}
    days = []
    for sku, product, variant, theirs, barcode, ordered, outstanding, on in rows:
        before = lines.get(sku)
        days += [on] if on and outstanding else []
        lines[sku] = Counted(
            sku,
            f"{product} {variant}".strip(),
            theirs,
            barcode,
            ordered + (before.ordered if before else 0),
            outstanding + (before.outstanding if before else 0),
        )
    return ToReceive(
        id=order.pk,
        number=number,
        supplier=order.supplier.name,
        state=order.state,
        sent_at=order.sent_at,
        confirmed_on=min(days, default=None),
        lines=tuple(sorted(lines.values(), key=lambda line: (not line.outstanding, line.sku))),
        receipts=Receipt.objects.filter(purchase_order=order).count(),
    )


def named(code: str) -> list[tuple[str, str]]:
    """Where goods with this code may be booked: (purchase order, SKU), what was sent first before the others.

    A SKU, a barcode, or the supplier's own number of it. One statement.
    """
    lines = PurchaseOrderLine.objects.filter(outstanding__gt=0, purchase_order__state__in=_MAY_ARRIVE)
    of_code = lines.filter(
        Q(variant__sku__iexact=code) | Q(supplier_sku__iexact=code) | Q(variant__barcode=code) & ~Q(variant__barcode="")
    )
    rows = of_code.order_by("purchase_order__sent_at", "pk").values_list("purchase_order__number", "variant__sku")
    return list(dict.fromkeys(rows[:20]))


def sku_of(code: str) -> str | None:
    """The SKU that has this code or barcode; None if none has. One statement."""
    found = product_of(code)
    return found[0] if found else None


def product_of(code: str) -> tuple[str, str] | None:
    """SKU and name of what has this code or barcode; None if nothing has. One statement."""
    known = Q(sku__iexact=code) | Q(barcode=code) & ~Q(barcode="")
    found = Variant.objects.filter(known).values_list("sku", "product__name", "name").first()
    return (found[0], f"{found[1]} {found[2]}".strip()) if found else None


@dataclass(frozen=True, slots=True)
class Served:
    """What a receipt did: orders that got units, and of those the ones that nothing waits for any more."""

    units: Mapping[str, int]
    complete: tuple[str, ...]


def served(receipt: int) -> Served:
    """Who got what of a receipt. Four statements."""
    booked = Event.objects.filter(subject=f"receipt:{receipt}", kind="received").values_list("pk", flat=True).first()
    if booked is None:
        return Served({}, ())
    # What one action writes has keys in a row.
    near = Event.objects.filter(pk__gt=booked, pk__lt=booked + _IN_A_ROW, kind="arrived", why=f"receipt:{receipt}")
    units: dict[int, int] = {}
    for subject, data in near.values_list("subject", "data"):
        units[int(subject.partition(":")[2])] = sum(int(line[1]) for line in data.get("lines", ()))
    numbers = dict(Order.objects.filter(pk__in=units).values_list("pk", "number"))
    waits = set(OrderLine.objects.filter(order__in=units, waiting__gt=0).values_list("order", flat=True))
    complete = tuple(numbers[key] for key in sorted(units) if key not in waits)
    return Served({numbers[key]: few for key, few in units.items()}, complete)


#: More events than any receipt makes.
_IN_A_ROW = 50_000


def booked_as(key: str) -> int | None:
    """The receipt of this key; None if nothing was booked with it. One statement."""
    return Receipt.objects.filter(key=key).values_list("pk", flat=True).first()


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """A receipt: what was counted, and by whom."""

    receipt: int
    number: str
    supplier: str
    at: datetime
    by: str
    key: str
    lines: tuple[tuple[str, str, int, int, str], ...]  # SKU, product, accepted, rejected, why.
    missing: int  # Units of the purchase order that are still to come.


def receipt_page(receipt: int) -> ReceiptPage:
    """One receipt. Three statements.

    Raises:
        NotFound: there is no such receipt.
    """
    found = Receipt.objects.select_related("purchase_order__supplier").filter(pk=receipt).first()
    if found is None:
        raise NotFound(what="receipt", name=receipt)
    rows = found.lines.order_by("variant__sku").values_list(
        "variant__sku", "variant__product__name", "accepted", "rejected", "why_rejected"
    )
    order = found.purchase_order
    open_lines = PurchaseOrderLine.objects.filter(purchase_order=order) if order else PurchaseOrderLine.objects.none()
    return ReceiptPage(
        receipt=receipt,
        number=order.number if order else "",
        supplier=order.supplier.name if order else "",
        at=found.at,
        by=found.by,
        key=found.key,
        lines=tuple(rows),
        missing=open_lines.aggregate(n=Sum("outstanding", default=0))["n"],
    )
