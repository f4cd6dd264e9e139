"""Suppliers, their buffer policies and their offers come in, from one file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from onorder.actions.suppliers import NewOffer, NewSupplier, Policy
from onorder.channels import parsing
from onorder.channels.tables import Row, Table, read
from onorder.errors import OnOrderError, Phrase
from onorder.rules.lifecycle import BelowMinimum
from onorder.rules.money import parse_minor

_OF_SUPPLIER = {
    *("name", "email", "address", "currency", "net_days", "lead_time_days", "weekdays", "country", "order_days"),
    *("cutoff", "time_zone", "minimum_units", "minimum_value", "maximum_wait_days", "below_minimum", "settle_minutes"),
    *("sends_itself", "approve_above"),
}
_OF_OFFER = {
    *("sku", "supplier_sku", "unit_cost", "minimum_quantity", "order_multiple", "price_breaks", "rank"),
    "offer_lead_time_days",
}
COLUMNS = {"code"} | _OF_SUPPLIER | _OF_OFFER


@dataclass(frozen=True, slots=True)
class Suppliers:
    """What a file says, each with the line it was said in."""

    table: Table
    suppliers: list[tuple[int, NewSupplier]]
    offers: list[tuple[int, NewOffer]]


def read_onorder(path: Path, *, currency: str, time_zone: str) -> Suppliers:
    """Our own format. A supplier's columns count on its first row, and may be empty on the others.

    Args:
        currency, time_zone: of a supplier that names none: the shop's.
    """
    table = read(path, known=COLUMNS, required={"code"})
    found = Suppliers(table, [], [])
    currencies: dict[str, str] = {}
    for row in table.rows:
        code = table.required(row, "code")
        if code not in currencies:
            currencies[code] = row["currency"] or currency
            _supplier(found, row, code, currencies[code], time_zone)
        elif different := [
            c for c in sorted(_OF_SUPPLIER) if row[c] and c != "currency" and row[c] != _first(found, code, c)
        ]:
            table.problem(
                row, different[0], Phrase("{code} has another value in its first row: leave it empty here", code=code)
            )
        if row["sku"]:
            _offer(found, row, code, currencies[code])
    return found


def _first(found: Suppliers, code: str, column: str) -> str:
    return next(row[column] for row in found.table.rows if row["code"] == code)


def _supplier(found: Suppliers, row: Row, code: str, currency: str, time_zone: str) -> None:
    table = found.table
    money = _money(currency)
    try:
        policy = Policy(
            minimum_units=table.value(row, "minimum_units", parsing.units(0), 0),
            minimum_value_minor=table.value(row, "minimum_value", money, 0),
            settle_minutes=table.value(row, "settle_minutes", parsing.units(0), 0),
            order_weekdays=table.value(row, "order_days", parsing.weekdays, ""),
            cutoff=table.value(row, "cutoff", parsing.wall_time, time(17)),
            time_zone=row["time_zone"] or time_zone,
            maximum_wait_days=table.value(row, "maximum_wait_days", parsing.units(0), None),
            below_minimum=table.value(row, "below_minimum", parsing.one_of(BelowMinimum), BelowMinimum.ORDER_ANYWAY),
            sends_itself=table.value(row, "sends_itself", parsing.yes_or_no, True),
            approve_above_minor=table.value(row, "approve_above", money, None),
        )
        supplier = NewSupplier(
            code=code,
            name=table.required(row, "name"),
            currency=currency,
            policy=policy,
            email=row["email"],
            address=row["address"],
            net_days=table.value(row, "net_days", parsing.units(0), 30),
            lead_time_days=table.value(row, "lead_time_days", parsing.units(1), None),
            weekdays=table.value(row, "weekdays", parsing.weekdays, "01234"),
            country=row["country"].upper(),
        )
    except OnOrderError as wrong:
        table.problem(row, "", wrong.args[0])
    else:
        found.suppliers.append((row.line, supplier))


def _offer(found: Suppliers, row: Row, code: str, currency: str) -> None:
    table = found.table
    money = _money(currency)
    table.required(row, "unit_cost")
    try:
        offer = NewOffer(
            supplier=code,
            sku=row["sku"],
            unit_cost_minor=table.value(row, "unit_cost", money, 0),
            supplier_sku=row["supplier_sku"],
            minimum_quantity=table.value(row, "minimum_quantity", parsing.units(1), 1),
            order_multiple=table.value(row, "order_multiple", parsing.units(1), 1),
            rank=table.value(row, "rank", parsing.units(0), 1),
            lead_time_days=table.value(row, "offer_lead_time_days", parsing.units(1), None),
            breaks=table.value(row, "price_breaks", lambda text: price_breaks(text, currency), ()),
        )
    except OnOrderError as wrong:
        table.problem(row, "", wrong.args[0])
        return
    before = next((line for line, one in found.offers if (one.supplier, one.sku) == (code, offer.sku)), None)
    if before:
        table.problem(
            row,
            "sku",
            Phrase("{code} offers {sku} in line {line} already: keep one", code=code, sku=offer.sku, line=before),
        )
    found.offers.append((row.line, offer))


def _money(currency: str) -> Callable[[str], int]:
    return lambda text: parse_minor(text, currency)


def price_breaks(text: str, currency: str) -> tuple[tuple[int, int], ...]:
    """Price breaks as they are written: "60:9.20 120:8.75" is 9.20 each from 60 on, 8.75 from 120 on.

    Raises:
        ValueError: a part of it is none.
    """
    found = []
    for part in re.split(r"[\s;]+", text.strip()):
        quantity, colon, cost = part.partition(":")
        if not colon:
            raise ValueError(Phrase("{text!r} is no price break: write 60:9.20, for 9.20 each from 60 on", text=part))
        found.append((parsing.units(2)(quantity), parse_minor(cost, currency)))
    return tuple(found)
