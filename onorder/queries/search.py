"""Search: what a few words name, whatever kind of thing it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from onorder.models import Customer, Order, PurchaseOrder, Supplier, Variant

MOST = 8


class Kind(StrEnum):
    """What can be found."""

    ORDER = "order"
    PURCHASE_ORDER = "purchase_order"
    VARIANT = "variant"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found. `name` is what its page is asked for by; `is_exact`: the words are its name."""

    kind: Kind
    name: str
    words: str
    is_exact: bool


def search(words: str, kinds: Collection[Kind] = tuple(Kind)) -> list[Hit]:
    """What these words name, the exact ones first; at most eight of each kind. One statement for each kind.

    Numbers, codes and SKUs are found by their beginning, a purchase order also by its digits alone, a variant by its
    barcode, and names by any part of them.
    """
    found = [hit for kind in Kind if kind in kinds for hit in _SEARCHES[kind](words)]
    exact = [hit for hit in found if hit.is_exact]
    return exact or found


def _orders(words: str) -> Iterable[Hit]:
    found = Order.objects.filter(number__startswith=words.removeprefix("#")).order_by("number")
    for number, name, reference in found.values_list("number", "customer__name", "customer__reference")[:MOST]:
        yield Hit(Kind.ORDER, number, name or reference, number == words.removeprefix("#"))


def _purchase_orders(words: str) -> Iterable[Hit]:
    number = f"PO-{words}" if words.isdecimal() else words.upper()
    found = PurchaseOrder.objects.filter(number__startswith=number).order_by("pk")
    for its, supplier in found.values_list("number", "supplier__name")[:MOST]:
        yield Hit(Kind.PURCHASE_ORDER, its, supplier, its == words.upper())


def _variants(words: str) -> Iterable[Hit]:
    named = Q(sku__startswith=words) | Q(sku__startswith=words.upper()) | Q(barcode=words) & ~Q(barcode="")
    found = Variant.objects.filter(named | Q(product__name__icontains=words)).order_by("sku")
    for sku, barcode, product, name in found.values_list("sku", "barcode", "product__name", "name")[:MOST]:
        yield Hit(Kind.VARIANT, sku, f"{product} {name}".strip(), words.casefold() in (sku.casefold(), barcode))


def _suppliers(words: str) -> Iterable[Hit]:
    found = Supplier.objects.filter(Q(code__iexact=words) | Q(name__icontains=words)).order_by("name", "code")
    for code, name in found.values_list("code", "name")[:MOST]:
        yield Hit(Kind.SUPPLIER, code, name, words.casefold() in (code.casefold(), name.casefold()))


def _customers(words: str) -> Iterable[Hit]:
    found = Customer.objects.filter(
        Q(reference__startswith=words) | Q(email__iexact=words) | Q(name__icontains=words)
    ).order_by("name", "pk")
    for key, reference, name, email in found.values_list("pk", "reference", "name", "email")[:MOST]:
        yield Hit(
            Kind.CUSTOMER,
            str(key),
            name or email or reference,
            words.casefold() in (reference.casefold(), email.casefold()),
        )


_SEARCHES: dict[Kind, Callable[[str], Iterable[Hit]]] = {
    Kind.ORDER: _orders,
    Kind.PURCHASE_ORDER: _purchase_orders,
    Kind.VARIANT: _variants,
    Kind.SUPPLIER: _suppliers,
    Kind.CUSTOMER: _customers,
}
