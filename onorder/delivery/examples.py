"""What each kind of message looks like in this shop: the latest one, or one made of the latest order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from onorder.delivery import paying, to_customers, to_suppliers
from onorder.queries import messages, outbox
from onorder.queries.messages import Change, CustomerNews, News, Parcel, SupplierNews

#: What an example is made of where none of its kind was ever written: the one that every order begins with.
_FIRST = {**dict.fromkeys(to_customers.KINDS, "placed"), **dict.fromkeys(to_suppliers.KINDS, "purchase_order")}
_LATER = timedelta(days=5)
_GRACE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Example:
    """A message to look at. `is_real`: it was written to somebody; else it is made of another one."""

    news: News
    is_real: bool


def example(kind: str) -> Example | None:
    """A message of this kind; None while there is nothing to make one of. At most ten statements."""
    latest = outbox.latest((kind, _FIRST[kind]))
    key = latest.get(kind) or latest.get(_FIRST[kind])
    if key is None:
        return None
    (news,) = messages.news([key])
    if isinstance(news, CustomerNews):
        news = replace(news, also=())  # What left together with it is of other kinds.
    if news.kind == kind:
        return Example(news, True)
    made = _to_customer(news, kind) if isinstance(news, CustomerNews) else _to_supplier(news, kind)
    return Example(made, False)


def _to_customer(news: CustomerNews, kind: str) -> CustomerNews:
    """The message that the customer of an order would get if this happened to all of its lines."""
    told = {item.line: item.told_on for item in news.items}
    later = {line: on + _LATER if on else None for line, on in told.items()}
    on: dict[int, date | None] = {"ordered": told, "confirmed": told, "on_its_way": told}.get(kind, {})
    on, was = (later, told) if kind in ("delayed", "promised_anew") else (on, {})
    changes = tuple(Change(one.line, one.units, on.get(one.line), was.get(one.line)) for one in news.changes)
    amount = sum(item.unit_price_minor * (item.here + item.to_come) for item in news.items)
    is_over = kind in ("shipped", "delivered", "cancelled", "lapsed", "unpaid") or kind.startswith("return")
    items = tuple(replace(item, here=0, to_come=0) for item in news.items) if is_over else news.items
    if kind == "heartbeat":
        items = tuple(replace(item, here=0, to_come=item.here + item.to_come) for item in items)
    parcel = Parcel("", "", "") if kind in ("shipped", "delivered") else None
    refunded = amount if kind in ("lapsed", "unpaid") else 0
    pay_by = news.shop.day(news.at) + _GRACE if kind in paying.BILLS else None
    gone = changes if kind == "swapped" else ()
    made = replace(
        news,
        kind=kind,
        changes=changes,
        items=items,
        amount_minor=amount,
        parcel=parcel,
        gone=gone,
        refunded_minor=refunded,
        due_minor=0,
        pay_by=pay_by,
    )
    return replace(made, back="R-1") if kind.startswith("return") else made


def _to_supplier(news: SupplierNews, kind: str) -> SupplierNews:
    """The message that the supplier of a purchase order would get if this happened to it."""
    first = news.paper.lines[:1]
    changed = tuple((line.sku, line.units, line.units + 1) for line in first)
    return replace(news, kind=kind, amendment=1, changed=changed, units=news.paper.units)
