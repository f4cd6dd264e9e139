"""What a basket would get at this moment, and how it could be sent: as the customer is shown it before they agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from onorder.errors import Phrase
from onorder.ledger import rows
from onorder.queries.accepted import full_name
from onorder.queries.availability import levels_of
from onorder.queue import setup as settings
from onorder.queue.joining import Joining, NoPlace, Place
from onorder.queue.offering import Proposal, Sold, in_parts, is_mixed, offered, proposal
from onorder.queue.outlook import Outlook
from onorder.queue.setup import Setup
from onorder.rules.accepting import Accepted, AcceptedLine
from onorder.rules.lifecycle import ShippingPolicy
from onorder.rules.terms import sellable


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """A line that can be had. `offered`: as it would be if each thing went as soon as it can."""

    sku: str
    name: str
    handle: str
    units: int
    offered: AcceptedLine

    @property
    def now_minor(self) -> int:
        """What the units that are here cost."""
        return self.offered.now * self.offered.unit_price_minor

    @property
    def later_minor(self) -> int:
        """What the units that are still to come cost."""
        return self.offered.later * self.offered.unit_price_minor


@dataclass(frozen=True, slots=True)
class NotSold:
    """A line that cannot be had as wanted. `most`: units that could be; `why`: empty of what is unknown."""

    sku: str
    name: str
    handle: str
    units: int
    most: int
    why: Phrase


@dataclass(frozen=True, slots=True)
class Quote:
    """A basket seen at one instant. Money in minor units of `currency`.

    Args:
        together: everything in one parcel; None if nothing of it can be had.
        apart: what is here at once, the rest later; None unless there is something of both.
        proposed: what the shop would do.
    """

    lines: tuple[QuotedLine, ...]
    unsold: tuple[NotSold, ...]
    currency: str
    together: Accepted | None
    apart: Accepted | None
    proposed: ShippingPolicy

    @property
    def now(self) -> list[QuotedLine]:
        """Lines of which something is here."""
        return [line for line in self.lines if line.offered.now]

    @property
    def later(self) -> list[QuotedLine]:
        """Lines of which something is still to come."""
        return [line for line in self.lines if line.offered.later]

    @property
    def now_minor(self) -> int:
        return sum(line.now_minor for line in self.lines)

    @property
    def later_minor(self) -> int:
        return sum(line.later_minor for line in self.lines)

    @property
    def soonest(self) -> Accepted | None:
        """The way in which each thing goes as soon as it can."""
        return self.apart or self.together

    @property
    def is_proposed_apart(self) -> bool:
        return self.proposed != ShippingPolicy.TOGETHER


def quote(wanted: Mapping[str, int], *, now: datetime) -> Quote:
    """What an order of these units by SKU would get. Seven statements at most, however many they are; two more for
    what never had stock here."""
    setup = settings.current()
    known = _known(wanted)
    sold = {sku: variant for sku, (variant, _, _) in known.items()}
    levels = levels_of({variant.id for variant in sold.values()}, setup.location)
    outlook = Outlook(setup, list(levels.values()), now=now)
    joining = Joining(levels, {variant.id: variant.product for variant in sold.values()}, outlook)
    places: dict[str, Place] = {}
    unsold: list[NotSold] = []
    for sku, units in wanted.items():
        if sku not in known:
            unsold.append(NotSold(sku, sku, "", units, 0, Phrase("")))
            continue
        variant, name, handle = known[sku]
        if variant.currency != setup.currency:
            unsold.append(NotSold(sku, name, handle, units, 0, Phrase("it is priced in another currency")))
            continue
        (found,) = joining.find([(variant.id, units)])
        if isinstance(found, Place):
            places[sku] = found
        else:
            unsold.append(NotSold(sku, name, handle, units, _most(joining, setup, variant), _why(found)))
    return _quote(wanted, known, places, unsold, outlook)


def _quote(
    wanted: Mapping[str, int],
    known: Mapping[str, tuple[Sold, str, str]],
    places: Mapping[str, Place],
    unsold: list[NotSold],
    outlook: Outlook,
) -> Quote:
    setup = outlook.setup
    priced = [(known[sku][0], known[sku][0].price_minor) for sku in places]
    found = list(places.values())
    together = offered(outlook, priced, found, Proposal(ShippingPolicy.TOGETHER, 1)) if found else None
    apart = offered(outlook, priced, found, in_parts(setup)) if is_mixed(found) else None
    soonest = apart or together
    return Quote(
        lines=tuple(
            QuotedLine(line.sku, *known[line.sku][1:], wanted[line.sku], line)
            for line in (soonest.lines if soonest else ())
        ),
        unsold=tuple(unsold),
        currency=setup.currency,
        together=together,
        apart=apart,
        proposed=proposal(outlook, [price for _, price in priced], found).policy,
    )


def _known(wanted: Mapping[str, int]) -> dict[str, tuple[Sold, str, str]]:
    """Each SKU that there is: its variant, the name by which customers know it, its product's address."""
    condition, parameter = rows.among("variant.sku", wanted)
    statement = (
        "SELECT variant.id, variant.sku, variant.product_id, variant.price_minor, variant.currency, product.name,"
        " variant.name, product.handle FROM onorder_variant AS variant"
        f" JOIN onorder_product AS product ON product.id = variant.product_id WHERE {condition}"
    )
    return {row[1]: (Sold(*row[:5]), full_name(row[5], row[6]), row[7]) for row in rows.select(statement, (parameter,))}


def _most(joining: Joining, setup: Setup, variant: Sold) -> int:
    """Units of it that could be had now."""
    level = joining.levels[variant.id]
    free = 0 if level.waiting else level.free
    terms = setup.terms(level.supplier, variant.product, variant.id)
    allowed = sellable(free, level.waiting, terms.accept, terms.cap)
    if allowed is None or allowed > free:
        (one_more,) = joining.find([(variant.id, free + 1)])
        if isinstance(one_more, Place):
            joining.give_back([one_more])
            return free + 1 if allowed is None else allowed
    return free


def _why(found: Place | NoPlace) -> Phrase:
    return found.why if isinstance(found, NoPlace) else Phrase("")
