"""Purchase orders as their suppliers see them: on paper, without any customer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from onorder.errors import NotFound
from onorder.models import PurchaseOrder, PurchaseOrderLine, Shop
from onorder.queue.setup import NotSetUp
from onorder.rules.lifecycle import PurchaseOrderState


@dataclass(frozen=True, slots=True)
class Sender:
    """The shop as those who get its messages know it."""

    name: str
    email: str
    address: str
    locale: str
    zone: ZoneInfo
    bank_details: str = ""

    def day(self, at: datetime) -> date:
        """The shop's day at this instant."""
        return at.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message goes to. `language` is empty where they never said."""

    name: str
    email: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One line of a purchase order: units that are bought (what was cancelled is not), at minor units each."""

    supplier_sku: str
    sku: str
    name: str
    units: int
    unit_cost_minor: int
    confirmed_on: date | None

    @property
    def total_minor(self) -> int:
        return self.units * self.unit_cost_minor


@dataclass(frozen=True, slots=True)
class Paper:
    """A purchase order as its supplier sees it: as it stands now, and without any customer.

    `version` is the number of its last amendment; `ordered_on` the day it was sent, or raised if it has not been. One
    that was called off keeps its lines, so that one can see what is not to be delivered.
    """

    id: int
    number: str
    version: int
    currency: str
    ordered_on: date
    shop: Sender
    supplier: Recipient
    supplier_address: str
    net_days: int
    location: str
    location_address: str
    lines: tuple[PaperLine, ...]
    is_called_off: bool = False

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)

    @property
    def total_minor(self) -> int:
        return sum(line.total_minor for line in self.lines)


def sender() -> Sender:
    """The shop, for a letterhead. One statement.

    Raises:
        NotSetUp: there is no shop.
    """
    shop = Shop.objects.select_related("location").filter(pk=1).first()
    if shop is None:
        raise NotSetUp
    return Sender(
        shop.name, shop.email, shop.location.address, shop.locale, ZoneInfo(shop.time_zone), shop.bank_details
    )


def paper(purchase_order: int) -> Paper:
    """A purchase order (by primary key) as its supplier sees it. Three statements.

    Raises:
        NotFound: there is no such purchase order.
    """
    found = papers({purchase_order}, sender())
    if purchase_order not in found:
        raise NotFound(what="purchase order", name=purchase_order)
    return found[purchase_order]


def papers(purchase_orders: Collection[int], shop: Sender) -> dict[int, Paper]:
    """Purchase orders by primary key, as their suppliers see them. Two statements, or none for no purchase orders."""
    if not purchase_orders:
        return {}
    lines: dict[int, list[PaperLine]] = {key: [] for key in purchase_orders}
    orders = PurchaseOrder.objects.select_related("supplier", "location").in_bulk(list(purchase_orders))
    called_off = {key for key, order in orders.items() if order.state == PurchaseOrderState.CANCELLED}
    rows = PurchaseOrderLine.objects.filter(purchase_order__in=purchase_orders).select_related("variant__product")
    for row in rows.order_by("variant__sku", "pk"):
        if units := row.ordered if row.purchase_order_id in called_off else row.ordered - row.cancelled:
            product, own = row.variant.product.name, row.variant.name
            name = f"{product}, {own}" if own else product
            of = PaperLine(row.supplier_sku, row.variant.sku, name, units, row.unit_cost_minor, row.confirmed_on)
            lines[row.purchase_order_id].append(of)
    return {
        order.pk: Paper(
            id=order.pk,
            number=order.number,
            version=order.version,
            currency=order.currency,
            ordered_on=shop.day(order.sent_at or order.raised_at),
            shop=shop,
            supplier=Recipient(order.supplier.name, order.supplier.email),
            supplier_address=order.supplier.address,
            net_days=order.supplier.net_days,
            location=order.location.name,
            location_address=order.location.address,
            lines=tuple(lines[order.pk]),
            is_called_off=order.pk in called_off,
        )
        for order in orders.values()
    }
