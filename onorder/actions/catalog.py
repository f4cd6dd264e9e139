"""The shop sells something new, or at another price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from onorder.errors import BadInput, NotFound
from onorder.ledger.changes import Changes
from onorder.ledger.journal import Journal
from onorder.ledger.levels import add_levels
from onorder.models import Product, Variant


@dataclass(frozen=True, slots=True)
class NewVariant:
    """One SKU as it is sold; the price in minor units of its currency."""

    sku: str
    product: str  # The product's handle.
    product_name: str
    price_minor: int
    currency: str
    name: str = ""
    barcode: str = ""

    def __post_init__(self) -> None:
        if not self.sku.strip() or not self.product.strip():
            raise BadInput(
                what="Variant {sku!r}", problem="needs a SKU and a product", remedy="Give both.", sku=self.sku
            )
        if self.price_minor < 0:
            raise BadInput(what="{sku}", problem="a negative price", remedy="Give zero or more.", sku=self.sku)


LONGEST_BARCODE = 64


@transaction.atomic(durable=True)
def put_variants(variants: Sequence[NewVariant], *, by: str, now: datetime) -> Changes:
    """Add variants and their products, or bring existing ones (by SKU) to these values. Repeating changes nothing.

    Raises:
        BadInput: a barcode that another SKU has.
    """
    products = _put_products({variant.product: variant.product_name for variant in variants})
    wanted = {variant.sku: variant for variant in variants}
    existing = {row.sku: row for row in Variant.objects.filter(sku__in=wanted)}
    _refuse_shared_barcodes(wanted)
    added = [
        Variant(
            product_id=products[v.product],
            sku=v.sku,
            name=v.name,
            barcode=v.barcode,
            price_minor=v.price_minor,
            currency=v.currency,
        )
        for v in wanted.values()
        if v.sku not in existing
    ]
    changed = [row for sku, row in existing.items() if _bring_to(row, wanted[sku], products)]
    Variant.objects.bulk_create(added)
    add_levels(Variant.objects.filter(sku__in=[row.sku for row in added]).values_list("pk", flat=True))
    Variant.objects.bulk_update(changed, ["product", "name", "barcode", "price_minor", "currency"], batch_size=500)
    if added or changed:
        journal = Journal(by=by, at=now)
        journal.record("catalogue_changed", "shop:1", {"added": len(added), "changed": len(changed)})
        journal.write()
    return Changes(len(added), len(changed), len(existing) - len(changed))


@transaction.atomic(durable=True)
def attach_barcode(sku: str, barcode: str, *, by: str, now: datetime) -> None:
    """Note the barcode that stands on a SKU's goods. One that it had before is replaced.

    Raises:
        NotFound: an unknown SKU.
        BadInput: no barcode, or one that another SKU has.
    """
    found = Variant.objects.filter(sku=sku).first()
    if found is None:
        raise NotFound(what="SKU", name=sku)
    code = barcode.strip()
    if not code or len(code) > LONGEST_BARCODE:
        raise BadInput(
            what="SKU {sku}", problem="{code!r} is no barcode", remedy="Scan it again.", sku=sku, code=code[:20]
        )
    if other := Variant.objects.filter(barcode=code).exclude(sku=sku).values_list("sku", flat=True).first():
        raise BadInput(
            what="Barcode {code}",
            problem="it belongs to {other}",
            remedy="Book that SKU instead.",
            code=code,
            other=other,
        )
    if found.barcode == code:
        return
    found.barcode = code
    found.save(update_fields=["barcode"])
    journal = Journal(by=by, at=now)
    journal.record("barcode_attached", "shop:1", {"sku": sku, "barcode": code})
    journal.write()


def _put_products(names: dict[str, str]) -> dict[str, int]:
    known = {product.handle: product for product in Product.objects.filter(handle__in=names)}
    Product.objects.bulk_create(
        [Product(handle=handle, name=name or handle) for handle, name in names.items() if handle not in known]
    )
    renamed = [product for handle, product in known.items() if names[handle] and product.name != names[handle]]
    for product in renamed:
        product.name = names[product.handle]
    Product.objects.bulk_update(renamed, ["name"], batch_size=500)
    return dict(Product.objects.filter(handle__in=names).values_list("handle", "pk"))


def _refuse_shared_barcodes(wanted: dict[str, NewVariant]) -> None:
    codes: dict[str, str] = {}
    for sku, variant in wanted.items():
        if variant.barcode and codes.setdefault(variant.barcode, sku) != sku:
            raise BadInput(
                what="{sku}",
                problem="has the barcode {barcode} of {other}",
                remedy="Correct one.",
                sku=sku,
                barcode=variant.barcode,
                other=codes[variant.barcode],
            )
    others = Variant.objects.filter(barcode__in=codes).exclude(sku__in=wanted).values_list("barcode", "sku").first()
    if others:
        raise BadInput(
            what="{sku}",
            problem="has the barcode {barcode} of {other}",
            remedy="Correct one.",
            sku=codes[others[0]],
            barcode=others[0],
            other=others[1],
        )


def _bring_to(row: Variant, wanted: NewVariant, products: dict[str, int]) -> bool:
    before = (row.product_id, row.name, row.barcode, row.price_minor, row.currency)
    row.product_id, row.name, row.barcode = products[wanted.product], wanted.name, wanted.barcode
    row.price_minor, row.currency = wanted.price_minor, wanted.currency
    return before != (row.product_id, row.name, row.barcode, row.price_minor, row.currency)
