"""A small shop for tests, driven as people drive it: through the actions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from onorder.actions import (
    answers,
    cancellations,
    catalog,
    orders,
    purchasing,
    receiving,
    return_decisions,
    returns,
    shipping,
    stock,
    suppliers,
)
from onorder.actions.shop import NewShop, open_shop, set_terms
from onorder.models import Event, Message, OrderLine, PurchaseOrder, PurchaseOrderLine, StockLevel
from onorder.queries import invariants
from onorder.rules.lifecycle import ShippingPolicy

#: A Monday. Suppliers are closed on no day of that year but Saturdays and Sundays.
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
FRIDAYS = suppliers.Policy(order_weekdays="4", maximum_wait_days=14)


class Shop:
    """Alice's shop. Time stands still until somebody waits."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.now = now
        self._keys = 0
        self._orders = 0
        open_shop(NewShop("Alice's", "GBP", email="alice@shop.example"), by="alice", now=now)
        self.supplier("ACME")

    # What the shop is.

    def supplier(
        self, code: str, policy: suppliers.Policy = FRIDAYS, lead_time_days: int | None = 8, **more: object
    ) -> None:
        more = {"email": f"{code.lower()}@maker.example"} | more
        new = suppliers.NewSupplier(code, f"{code} Ltd", "GBP", policy, lead_time_days=lead_time_days, **more)
        suppliers.put_suppliers([new], by="alice", now=self.now)

    def sells(
        self,
        sku: str,
        *,
        supplier: str | None = "ACME",
        here: int = 0,
        price: int = 500,
        cost: int = 300,
        **offer: object,
    ) -> None:
        variant = catalog.NewVariant(sku, sku.lower(), sku.title(), price, "GBP")
        catalog.put_variants([variant], by="alice", now=self.now)
        if supplier:
            suppliers.put_offers([suppliers.NewOffer(supplier, sku, cost, **offer)], by="alice", now=self.now)
        if here:
            self.counts(sku, here)

    def terms(self, **terms: object) -> None:
        from onorder.rules.terms import Terms

        scope = {name: terms.pop(name) for name in ("supplier", "product", "sku") if name in terms}
        set_terms(Terms(**terms), by="alice", now=self.now, **scope)

    def counts(self, sku: str, units: int, **at: str) -> None:
        stock.count_many([stock.Counted(sku, units)], why="counted", by="wendy", now=self.now, **at)

    # What happens.

    def wait(self, **how: float) -> None:
        self.now += timedelta(**how)

    def order(
        self, wanted: Mapping[str, int], *, number: str | None = None, together: bool = False, **more: object
    ) -> str:
        """Somebody orders; the order's number."""
        self._orders += 1
        number = number or f"SO-{self._orders}"
        lines = [orders.NewLine(sku, units) for sku, units in wanted.items()]
        policy = ShippingPolicy.TOGETHER if together else ShippingPolicy.AS_AVAILABLE
        customer = orders.NewCustomer(
            f"{number.lower()}@mail.example", f"{number.lower()}@mail.example", f"Buyer of {number}"
        )
        new = orders.NewOrder(number, customer, lines, shipping_policy=more.pop("policy", policy), **more)
        orders.place(new, by="storefront", now=self.now)
        return number

    def raises(self, supplier: str = "ACME") -> str:
        """The buffer is bought by hand and sent; the purchase order's number."""
        raised = purchasing.raise_order(supplier, by="ben", now=self.now)
        assert raised.number
        purchasing.send(raised.number, by="ben", now=self.now)
        return raised.number

    def fires(self, supplier: str = "ACME") -> purchasing.Raised:
        """The worker looks at the buffer."""
        return purchasing.fire(supplier, by="worker", now=self.now)

    def answers(self, number: str, *said: answers.Said, **more: object) -> str:
        return answers.answer(number, said, key=self._key(), by="supplier", now=self.now, **more)

    def receives(self, number: str, counted: Mapping[str, int], key: str | None = None) -> receiving.Received:
        counts = [receiving.Count(sku, units) for sku, units in counted.items()]
        return receiving.receive(number, counts, key=key or self._key(), by="wendy", now=self.now)

    def finds(self, counted: Mapping[str, int], key: str | None = None) -> receiving.Received:
        """Goods that nobody ordered arrive."""
        counts = [receiving.Count(sku, units) for sku, units in counted.items()]
        return receiving.receive_blind(counts, key=key or self._key(), by="wendy", now=self.now)

    def ships(self, *numbers: str) -> list[shipping.Shipped]:
        return shipping.ship([shipping.Parcel(number) for number in numbers], by="wendy", now=self.now)

    def cancels(self, number: str, units: Mapping[str, int] | None = None) -> int:
        return cancellations.cancel(number, units, by="dora", now=self.now)

    def takes_back(self, number: str, sku: str, units: int, *, restock: bool = True, key: str | None = None) -> str:
        return returns.take_back(number, sku, units, restock=restock, key=key or self._key(), by="wendy", now=self.now)

    def asks_back(self, number: str, units: Mapping[str, int], **more: object) -> str:
        """A customer wants to send something back; the return's number."""
        how = {"why": "too small", "wants": "refund", "key": self._key(), "by": "storefront", "now": self.now} | more
        return returns.request(number, units, **how)

    def gets_back(self, number: str, units: Mapping[str, int] | None = None, key: str | None = None) -> int:
        """A parcel with a return's number arrives."""
        return returns.receive(number, units, key=key or self._key(), by="wendy", now=self.now)

    def decides(self, number: str, sku: str, outcome: str, **more: object) -> return_decisions.Decided:
        how = {"key": self._key(), "by": "dora", "now": self.now} | more
        return return_decisions.decide(number, sku, outcome, **how)

    # What is to be seen.

    def units(self, number: str, sku: str | None = None) -> tuple[int, int, int, int]:
        """(waiting, allocated, shipped, cancelled) of an order, or of one SKU on it."""
        lines = OrderLine.objects.filter(order__number=number)
        if sku:
            lines = lines.filter(variant__sku=sku)
        rows = list(lines.values_list("waiting", "allocated", "shipped", "cancelled"))
        return tuple(map(sum, zip(*rows, strict=True)))

    def line(self, number: str, sku: str) -> OrderLine:
        return OrderLine.objects.filter(order__number=number, variant__sku=sku).order_by("pk").last()

    def level(self, sku: str) -> StockLevel:
        return StockLevel.objects.get(variant__sku=sku, location__code="MAIN")

    def buffer(self, sku: str) -> int:
        """Units of the SKU that wait and that nothing on order covers."""
        level = self.level(sku)
        return max(level.waiting - level.incoming, 0)

    def bought(self, number: str) -> dict[str, int]:
        lines = PurchaseOrderLine.objects.filter(purchase_order__number=number)
        return dict(lines.values_list("variant__sku", "ordered"))

    def state(self, number: str) -> str:
        return PurchaseOrder.objects.get(number=number).state

    def told(self, number: str) -> list[str]:
        """The kinds of the messages about an order, in their order."""
        from onorder.models import Order

        subject = f"order:{Order.objects.get(number=number).pk}"
        return list(Message.objects.filter(event__subject=subject).order_by("pk").values_list("kind", flat=True))

    def events(self, kind: str) -> list[Event]:
        return list(Event.objects.filter(kind=kind).order_by("pk"))

    def is_sound(self) -> bool:
        """Every invariant holds; otherwise the failure shows what breaks it."""
        found = list(invariants.broken())
        assert found == []
        return True

    def _key(self) -> str:
        self._keys += 1
        return f"key-{self._keys}"
