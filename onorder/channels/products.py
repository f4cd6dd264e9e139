"""Products come in: our own columns, and those of Shopify's export."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from onorder.actions.catalog import NewVariant
from onorder.channels import parsing
from onorder.channels.tables import Row, Table, read
from onorder.errors import BadInput, Phrase
from onorder.rules.lifecycle import Accept
from onorder.rules.money import parse_minor
from onorder.rules.terms import Terms

COLUMNS = {
    *("sku", "product", "product_name", "variant_name", "barcode", "price", "currency"),
    *("accept", "cap", "deposit_percent", "longest_wait_days"),
}
REQUIRED = {"sku", "product", "price"}

_SHOPIFY = {
    "handle": ("Handle", "URL handle"),
    "title": ("Title",),
    "sku": ("Variant SKU", "SKU"),
    "price": ("Variant Price", "Price"),
    "barcode": ("Variant Barcode", "Barcode"),
    "policy": ("Variant Inventory Policy", "Continue selling when out of stock"),
    "option 1": ("Option1 Value", "Option1 value"),
    "option 2": ("Option2 Value", "Option2 value"),
    "option 3": ("Option3 Value", "Option3 value"),
}  # What we read, by its names in older and newer exports.


@dataclass(frozen=True, slots=True)
class Products:
    """What a file says: variants, and the backorder terms of those that name any."""

    table: Table
    variants: list[tuple[int, NewVariant]]
    terms: list[tuple[int, str, Terms]]


def read_onorder(path: Path, *, currency: str) -> Products:
    """Our own format. `currency` is what a row without one is priced in."""
    table = read(path, known=COLUMNS, required=REQUIRED)
    found = Products(table, [], [])
    for row in table.rows:
        of = row["currency"] or currency
        price = table.value(row, "price", partial(parse_minor, currency=of), 0)
        for column in REQUIRED:
            table.required(row, column)
        _add(
            found, row, row["product"], row["product_name"], row["variant_name"], row["sku"], price, of, row["barcode"]
        )
        terms = Terms(
            accept=table.value(row, "accept", parsing.one_of(Accept), None),
            cap=table.value(row, "cap", parsing.units(0), None),
            deposit_basis_points=table.value(row, "deposit_percent", _percent, None),
            longest_wait_days=table.value(row, "longest_wait_days", parsing.units(0), None),
        )
        if terms.accept == Accept.CAPPED and terms.cap is None:
            table.problem(row, "cap", Phrase("is empty: say how many units may wait"))
        if terms != Terms():
            found.terms.append((row.line, row["sku"], terms))
    _refuse_contradictions(table, found.variants)
    return found


def read_shopify(path: Path, *, currency: str) -> Products:
    """Shopify's product export. Rows that only carry a picture are passed over; titles stand on first rows."""
    table = read(path, known={name for names in _SHOPIFY.values() for name in names}, required=set())
    found = Products(table, [], [])
    titles: dict[str, str] = {}
    for row in table.rows:
        handle, title = _shopify(row, "handle"), _shopify(row, "title")
        if title:
            titles[handle] = title
        if not _shopify(row, "price"):
            continue
        sku = _shopify(row, "sku").lstrip("'")
        if not sku:
            table.problem(row, "Variant SKU", Phrase("is empty: give every variant a SKU"))
            continue
        price = table.value(row, _named(row, "price"), lambda text: parse_minor(text, currency), 0)
        options = [_shopify(row, f"option {n}") for n in (1, 2, 3)]
        name = ", ".join(option for option in options if option and option != "Default Title")
        barcode = _shopify(row, "barcode").lstrip("'")
        _add(found, row, handle, titles.get(handle, ""), name, sku, price, currency, barcode)
        sells_on = {"continue": True, "deny": False, "true": True, "false": False}.get(_shopify(row, "policy").lower())
        if sells_on is not None:
            found.terms.append((row.line, sku, Terms(accept=Accept.ALWAYS if sells_on else Accept.NEVER)))
    _refuse_contradictions(table, found.variants)
    return found


def _add(
    found: Products, row: Row, handle: str, title: str, name: str, sku: str, price: int, currency: str, barcode: str
) -> None:
    try:
        variant = NewVariant(sku, handle, title or handle, price, currency, name=name, barcode=barcode)
    except BadInput as wrong:
        found.table.problem(row, "", wrong.args[0])
    else:
        found.variants.append((row.line, variant))


def _refuse_contradictions(table: Table, variants: Iterable[tuple[int, NewVariant]]) -> None:
    first: dict[str, tuple[int, NewVariant]] = {}
    for line, variant in variants:
        before = first.setdefault(variant.sku, (line, variant))
        if before[1] != variant:
            table.problem(
                Row(line, {}),
                "sku",
                Phrase("{sku} stands in line {line} with other values: keep one", sku=variant.sku, line=before[0]),
            )


def _percent(text: str) -> int:
    share = parsing.units(0)(text)
    if share > 100:
        raise ValueError(Phrase("{text!r} is more than everything: write a share from 0 to 100", text=text))
    return share * 100


def _named(row: Row, what: str) -> str:
    return next((name for name in _SHOPIFY[what] if name in row.values), _SHOPIFY[what][0])


def _shopify(row: Row, what: str) -> str:
    return row[_named(row, what)]
