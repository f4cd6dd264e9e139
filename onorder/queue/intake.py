"""Orders being taken: a place for every line first, then all rows at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from onorder.errors import BadInput, OnOrderError, Phrase
from onorder.ledger import rows
from onorder.ledger.journal import Entry, Journal, Recipient
from onorder.ledger.levels import Level
from onorder.ledger.lines import Line
from onorder.models import Customer, Order, OrderLine
from onorder.queue.joining import Joining, NoPlace, Place
from onorder.queue.outlook import Outlook
from onorder.queue.setup import Setup
from onorder.rules import parcels
from onorder.rules.lifecycle import ShippingPolicy

MOST_UNITS = 1_000_000
MOST_PRICE_MINOR = 10**12


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """Who orders. `reference` is the shop system's name for them; an e-mail address will do."""

    reference: str
    email: str = ""
    name: str = ""
    phone: str = ""
    language: str = ""

    def __post_init__(self) -> None:
        if not self.reference.strip():
            raise BadInput(what="Customer", problem="has no reference", remedy="Give an id or an e-mail address.")


@dataclass(frozen=True, slots=True)
class NewLine:
    """`quantity` units of one SKU, each at `unit_price_minor` (None: what the variant costs)."""

    sku: str
    quantity: int
    unit_price_minor: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.quantity <= MOST_UNITS:
            raise BadInput(
                what="Line of {sku}",
                problem="{units} is not a quantity between 1 and {most:,}",
                remedy="Order at least one unit.",
                sku=self.sku,
                units=self.quantity,
                most=MOST_UNITS,
            )
        if self.unit_price_minor is not None and not 0 <= self.unit_price_minor <= MOST_PRICE_MINOR:
            raise BadInput(
                what="Line of {sku}",
                problem="{price} minor units is not a price",
                remedy="A price is zero or more.",
                sku=self.sku,
                price=self.unit_price_minor,
            )


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as it comes from a checkout or a file.

    `key` makes it safe to repeat (default: the number). `shipping_policy` None: what the customer usually chooses,
    else what the shop's rule proposes. Amounts in minor units of `currency` (None: the shop's).
    """

    number: str
    customer: NewCustomer
    lines: Sequence[NewLine]
    key: str = ""
    currency: str | None = None
    shipping_policy: ShippingPolicy | None = None
    most_parcels: int = 2
    placed_at: datetime | None = None
    location: str | None = None
    channel: str = ""
    address: str = ""
    shipping_minor: int = 0
    discount_minor: int = 0

    @property
    def own_key(self) -> str:
        """The key that makes it safe to repeat."""
        return self.key or self.number

    def __post_init__(self) -> None:
        if not self.number.strip():
            raise BadInput(what="Order", problem="has no number", remedy="Give it one.")
        if not self.lines:
            raise BadInput(what="Order {number}", problem="has no lines", remedy="Order something.", number=self.number)
        if self.shipping_minor < 0 or self.discount_minor < 0 or self.most_parcels < 1:
            raise BadInput(
                what="Order {number}",
                problem="shipping, discount or number of parcels is negative or zero",
                remedy="Correct the order.",
                number=self.number,
            )


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """What one line got."""

    line: int
    sku: str
    allocated: int
    waiting: int
    promised_on: date | None


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of an order. `is_new` is False if its key was known: then nothing was changed."""

    order: int
    number: str
    is_new: bool
    promised_on: date | None
    shipping_policy: ShippingPolicy
    lines: tuple[PlacedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an order could not be taken, one sentence for each line that was in the way."""

    number: str
    problems: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of several orders: those taken, in their order, and those refused."""

    placed: list[Placed]
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sold:
    """A variant as an order names it."""

    id: int
    sku: str
    product: int
    price_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Known:
    """A customer of before, with the shipping policy they usually choose, if they ever said."""

    recipient: Recipient
    usual: str


@dataclass(slots=True)
class _Taken:
    """One order that has found its places."""

    order: NewOrder
    policy: ShippingPolicy
    most_parcels: int
    promised_on: date | None
    places: list[Place]


class NumberTaken(OnOrderError):
    code = "number_taken"
    sentence = "Another order with one of these numbers or keys was placed a moment ago."
    remedy = "Look at it, and give this one a number of its own."


class Intake:
    """Takes orders one after the other, each seeing what the one before it took; `write` stores them all.

    Args:
        variants: every SKU that the orders name.
        levels: theirs, locked, at `location`.
        customers: those of before, by reference; others are added.
    """

    def __init__(
        self,
        setup: Setup,
        variants: dict[str, Sold],
        levels: dict[int, Level],
        location: int,
        customers: dict[str, Known],
        journal: Journal,
    ) -> None:
        self.refused: list[Refusal] = []
        self._taken: list[_Taken] = []
        self._setup, self._variants, self._location = setup, variants, location
        self._customers, self._journal, self._now = customers, journal, journal.at
        outlook = Outlook(setup, levels.values(), now=journal.at)
        self._joining = Joining(levels, {variant.id: variant.product for variant in variants.values()}, outlook)

    def take(self, order: NewOrder) -> None:
        """Find a place for every line of the order, or note why it is refused."""
        currency = order.currency or self._setup.currency
        problems = [
            Phrase(
                "{sku} is priced in {currency}, the order is in {other}",
                sku=line.sku,
                currency=variant.currency,
                other=currency,
            )
            for line in order.lines
            if line.unit_price_minor is None and (variant := self._variants[line.sku]).currency != currency
        ]
        found = [] if problems else self._joining.find([(self._variants[ln.sku].id, ln.quantity) for ln in order.lines])
        problems += [
            Phrase("{sku}: {why}", sku=line.sku, why=place.sentence)
            for line, place in zip(order.lines, found, strict=False)
            if isinstance(place, NoPlace)
        ]
        if problems:
            self.refused.append(Refusal(order.number, tuple(problems)))
            return
        places = [place for place in found if isinstance(place, Place)]
        customer = self._customers.get(order.customer.reference)
        usual = ShippingPolicy(customer.usual) if customer and customer.usual else None
        policy, most = order.shipping_policy or usual, order.most_parcels
        if policy is None:
            policy, most = self._propose(order, places)
        self._taken.append(_Taken(order, policy, most, self._promised_on(places, policy), places))

    def write(self) -> dict[str, Placed]:
        """Insert everything that was taken, in a fixed number of statements; what became of each order, by its key."""
        if not self._taken:
            return {}
        new = {t.order.customer.reference: t.order.customer for t in self._taken}
        # In one order for everybody, so that two who add the same people do not wait for each other in a circle.
        added = [customer for reference, customer in sorted(new.items()) if reference not in self._customers]
        lines = sum(len(taken.places) for taken in self._taken)
        keys = rows.reserve({Order: len(self._taken), OrderLine: lines, Customer: len(added)})
        self._add_customers(added, keys[Customer])
        columns = (
            *("id", "number", "key", "customer", "location", "channel", "currency", "placed_at", "address"),
            *("shipping_policy", "most_parcels", "promised_on", "shipping_minor", "discount_minor"),
        )
        order_rows = [self._order_row(key, taken) for key, taken in zip(keys[Order], self._taken, strict=True)]
        if rows.insert(Order, columns, order_rows, ignore_conflicts=True) < len(order_rows):
            raise NumberTaken  # By somebody who was faster, with other things on it.
        line_keys = iter(keys[OrderLine])
        placed = {
            taken.order.own_key: self._join(key, taken, line_keys)
            for key, taken in zip(keys[Order], self._taken, strict=True)
        }
        self._journal.write()
        return placed

    def _add_customers(self, added: Sequence[NewCustomer], keys: Sequence[int]) -> None:
        """Add new customers. If somebody else added one of them a moment before, that one is theirs."""
        columns = ("id", "reference", "email", "name", "phone", "language")
        values = [(key, c.reference, c.email, c.name, c.phone, c.language) for key, c in zip(keys, added, strict=True)]
        if rows.insert(Customer, columns, values, ignore_conflicts=True) == len(added):
            found = {c.reference: Known(Recipient(key, c.email), "") for key, c in zip(keys, added, strict=True)}
        else:
            found = known_customers({customer.reference for customer in added})
        self._customers |= found

    def _order_row(self, key: int, taken: _Taken) -> tuple[object, ...]:
        order = taken.order
        return (
            key,
            order.number,
            order.own_key,
            self._customers[order.customer.reference].recipient.customer,
            self._location,
            order.channel,
            order.currency or self._setup.currency,
            order.placed_at or self._now,
            order.address,
            taken.policy,
            taken.most_parcels if taken.policy == ShippingPolicy.UP_TO else 1,
            taken.promised_on,
            order.shipping_minor,
            order.discount_minor,
        )

    def _join(self, key: int, taken: _Taken, line_keys: Iterator[int]) -> Placed:
        entry = self._journal.record("placed", f"order:{key}", {"lines": []})
        self._journal.tell(entry, self._customers[taken.order.customer.reference].recipient)
        lines = tuple(
            self._line(next(line_keys), key, line, place, taken, entry)
            for line, place in zip(taken.order.lines, taken.places, strict=True)
        )
        return Placed(key, taken.order.number, True, taken.promised_on, taken.policy, lines)

    def _line(self, key: int, order: int, wanted: NewLine, place: Place, taken: _Taken, entry: Entry) -> PlacedLine:
        price = wanted.unit_price_minor
        promised_on = place.promise.on if place.promise else None
        if taken.policy == ShippingPolicy.TOGETHER or (taken.policy == ShippingPolicy.UP_TO and place.waiting):
            promised_on = taken.promised_on  # It ships with the last unit of the order.
        line = Line.new(
            id=key,
            order=order,
            level=place.level,
            ordered=wanted.quantity,
            waiting=place.waiting,
            unit_price_minor=self._variants[wanted.sku].price_minor if price is None else price,
            queued_at=self._now,
            promised_on=promised_on,
        )
        self._journal.join(entry, place.level, line, place.allocated)
        entry.data["lines"].append([key, place.allocated, place.waiting, promised_on and promised_on.isoformat()])
        return PlacedLine(key, wanted.sku, place.allocated, place.waiting, promised_on)

    def _propose(self, order: NewOrder, places: list[Place]) -> tuple[ShippingPolicy, int]:
        """How the shop's rule would send the order, and in how many parcels."""
        prices = [
            self._variants[line.sku].price_minor if line.unit_price_minor is None else line.unit_price_minor
            for line in order.lines
        ]
        later = [place.promise.on for place in places if place.waiting and place.promise]
        proposed = parcels.propose(
            sum(price * place.allocated for price, place in zip(prices, places, strict=True)),
            (max(later) - self._joining.outlook.today).days if later else None,
            self._setup.split_cost_minor,
            self._setup.split,
        )
        most = self._setup.split_most_parcels
        if proposed == ShippingPolicy.AS_AVAILABLE and most:
            return ShippingPolicy.UP_TO, most
        return proposed, 1

    def _promised_on(self, places: list[Place], policy: ShippingPolicy) -> date | None:
        """The day the whole order ships. Together it is later than each line's own day: all must have come by then."""
        latest = max((place.promise.on for place in places if place.promise), default=None)
        if policy == ShippingPolicy.AS_AVAILABLE:
            return latest
        waiting = [place for place in places if place.waiting]
        return _later(latest, self._joining.outlook.together([(p.level, p.last_unit) for p in waiting]))


def _later(first: date | None, second: date | None) -> date | None:
    """The later of two days, where None is no day."""
    return max((day for day in (first, second) if day), default=None)


def known_customers(references: set[str]) -> dict[str, Known]:
    """Customers of before, by reference. One statement."""
    condition, parameter = rows.among("reference", references)
    statement = f"SELECT reference, id, email, shipping_policy FROM onorder_customer WHERE {condition}"
    return {
        reference: Known(Recipient(key, email), usual)
        for reference, key, email, usual in rows.select(statement, (parameter,))
    }
