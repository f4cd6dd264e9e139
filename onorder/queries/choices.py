"""What a customer may do with their order by themselves, and what of their money goes back.

Decided here once, for the order's own page and for whoever is asked at the desk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from onorder.ledger import lines as order_lines
from onorder.ledger import money
from onorder.ledger.money import Account
from onorder.models import Variant
from onorder.queries import journey
from onorder.queries.orders import LineRow, OrderPage
from onorder.queue import consents
from onorder.queue import setup as settings
from onorder.queue.setup import Setup
from onorder.rules.consent import Facts, refund_by, standing
from onorder.rules.jurisdictions import NO_LAW, Jurisdiction
from onorder.rules.lifecycle import ShippingPolicy
from onorder.rules.refunds import Refund
from onorder.rules.second_thoughts import (
    Allowed,
    CancellationTerms,
    Cancelling,
    Stage,
    Verdict,
    Why,
    may_cancel,
    may_withdraw,
)
from onorder.rules.terms import Effective

_MAY = (Verdict.FREE, Verdict.FEE)


@dataclass(frozen=True, slots=True)
class Alike:
    """Units of one line that have come equally far, and what their customer may do with all of them."""

    line: LineRow
    units: int
    stage: Stage
    allowed: Allowed


@dataclass(frozen=True, slots=True)
class Open:
    """What has not left of one SKU; `alike` in the order in which units go when some are cancelled."""

    sku: str
    name: str
    alike: tuple[Alike, ...]

    @property
    def units(self) -> int:
        return sum(some.units for some in self.alike)

    @property
    def most(self) -> int:
        """Units that their customer may cancel: the newest go first, so those behind one that stays do, too."""
        most = 0
        for some in self.alike:
            if some.allowed.verdict not in _MAY:
                break
            most += some.units
        return most

    @property
    def stays(self) -> Allowed | None:
        """Why not all of it can be cancelled; None if it can."""
        return next((some.allowed for some in self.alike if some.allowed.verdict not in _MAY), None)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a customer may do now.

    Args:
        products: what has not left, in the order in which it was ordered.
        may_move: whether it can still go to another address.
        other_way: how else it could come, and in how many parcels at the most; None if that changes nothing.
        refund_by: the last day on which money for what is cancelled today is back.
    """

    order: OrderPage
    products: tuple[Open, ...]
    may_move: bool
    other_way: tuple[ShippingPolicy, int] | None
    refund_by: date
    _judge: _Judge

    @property
    def may_cancel(self) -> bool:
        return any(product.most for product in self.products)

    def refund(self, wanted: Mapping[str, int]) -> Refund:
        """What goes back for so many units of these SKUs, and what is kept of it. Of nothing paid, nothing. No
        statement."""
        return self._judge.refund([(product, wanted.get(product.sku, 0)) for product in self.products])


def choices(order: OrderPage, *, now: datetime) -> Choices:
    """What the customer of an order may do now. Four statements, however long it is; two more where a law holds."""
    setup = settings.current()
    today = setup.today(now)
    judge = _Judge(
        order=order,
        law=_law(setup),
        facts=_facts(order, setup),
        terms=_terms(order, setup),
        ordered_on=setup.today(order.placed_at),
        today=today,
        account=money.account(order.key),
    )
    products = tuple(judge.products())
    return Choices(
        order=order,
        products=products,
        may_move=bool(products),
        other_way=_other_way(order, setup, today),
        refund_by=refund_by(judge.law, today),
        _judge=judge,
    )


def _other_way(order: OrderPage, setup: Setup, today: date) -> tuple[ShippingPolicy, int] | None:
    """In one parcel what would come in several; or in as many as the shop sends, what would come in one."""
    now = journey.number_coming(order, ShippingPolicy(order.shipping_policy), order.most_parcels, today)
    if now > 1:
        return ShippingPolicy.TOGETHER, 1
    most = setup.split_most_parcels
    parts = (ShippingPolicy.UP_TO, most) if most else (ShippingPolicy.AS_AVAILABLE, 1)
    return parts if journey.number_coming(order, *parts, today) > now else None


def _law(setup: Setup) -> Jurisdiction:
    """Whose law the shop's customers have; where none was chosen, the shop's own terms hold."""
    return setup.law or NO_LAW


def _facts(order: OrderPage, setup: Setup) -> dict[int, Facts]:
    """By line, what was said and answered about its being late. Two statements; none for a shop without a law."""
    if setup.law is None:
        return {}
    found = consents.records(order_lines.of_orders([order.key]), setup)
    return {line: record.facts for line, record in found.items() if record.sent}


def _terms(order: OrderPage, setup: Setup) -> dict[str, CancellationTerms]:
    """By SKU, the terms that its customer accepted; where they were asked nothing, those in force. One statement."""
    keys = Variant.objects.filter(sku__in={line.sku for line in order.lines}).values_list("sku", "pk", "product")
    of = {sku: (variant, product) for sku, variant, product in keys}
    found = {}
    for line in order.lines:
        supplier = setup.supplier(line.supplier_code).id if line.supplier_code else None
        variant, product = of[line.sku]
        found[line.sku] = _in_force(setup.terms(supplier, product, variant))
    return found | _accepted(order)


def _in_force(terms: Effective) -> CancellationTerms:
    return CancellationTerms(terms.cancelling, terms.cancel_fee_basis_points)


def _accepted(order: OrderPage) -> dict[str, CancellationTerms]:
    """What stands in the event of the acceptance; whatever cannot be understood there binds nobody."""
    event = next((one for one in order.happened if one.kind == "accepted"), None)
    lines = event.data.get("lines", ()) if event else ()
    found = {}
    for line in lines if isinstance(lines, list) else ():
        if isinstance(line, dict) and isinstance(line.get("terms"), dict) and (terms := _read(line["terms"])):
            found[str(line.get("sku", ""))] = terms
    return found


def _read(terms: Mapping[str, Any]) -> CancellationTerms | None:
    try:
        return CancellationTerms(Cancelling(terms["cancelling"]), int(terms.get("fee_basis_points") or 0))
    except (KeyError, TypeError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class _Judge:
    """What is known of an order when its customer thinks better of it."""

    order: OrderPage
    law: Jurisdiction
    facts: Mapping[int, Facts]
    terms: Mapping[str, CancellationTerms]
    ordered_on: date
    today: date
    account: Account

    def products(self) -> Iterator[Open]:
        """What has not left, by SKU. Cancelling takes the newest line first, and of each what waits the longest."""
        for sku in dict.fromkeys(line.sku for line in self.order.lines):
            of = [line for line in reversed(self.order.lines) if line.sku == sku]
            if alike := tuple(some for line in of for some in self._alike(line)):
                yield Open(sku, of[0].product, alike)

    def _alike(self, line: LineRow) -> Iterator[Alike]:
        for source in reversed(line.sources):
            stage = Stage.BOUGHT if source.sent_at else Stage.WANTED
            yield Alike(line, source.units, stage, self._allowed(line, stage, source.units))
        if line.allocated:
            yield Alike(line, line.allocated, Stage.SET_ASIDE, self._allowed(line, Stage.SET_ASIDE, line.allocated))

    def _allowed(self, line: LineRow, stage: Stage, units: int) -> Allowed:
        facts = self.facts.get(line.line) or Facts(self.ordered_on, line.promised_on)
        expected = line.expected.on if line.expected else None
        ready = self.today if stage == Stage.SET_ASIDE else expected
        stands = standing(facts, self.law, self.today, can_ship_on=ready)
        if stands.is_refunded:  # By law it should be over, and is not: nobody is held to it.
            return Allowed(Verdict.FREE, Why.DELAY)
        withdrawal = may_withdraw(self.law, self.today, delivered=[None], informed_on=None)
        value = self.account.value(line.line, units)
        return may_cancel(
            self.terms[line.sku],
            stage,
            stands,
            withdrawal,
            self.today,
            value_minor=value,
            paid_minor=self.account.paid_for(value),
        )

    def refund(self, wanted: list[tuple[Open, int]]) -> Refund:
        """What goes back for so many units of these, and what is kept of it."""
        going, fee = dict.fromkeys((line.line for line in self.order.lines), 0), 0
        for product, left in wanted:
            for some in product.alike:
                few = min(left, some.units)
                left -= few
                going[some.line.line] += few
                fee += self._allowed(some.line, some.stage, few).fee_minor if few else 0
        return self.account.owed(going, fee_minor=fee)
