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
from onorder.queue.offering import Proposal, Sold, line_promised_on, offered, promised_on, proposal
from onorder.queue.outlook import Outlook
from onorder.queue.setup import Setup
from onorder.rules.accepting import Accepted, Change, changes
from onorder.rules.deposits import Part, asked_minor
from onorder.rules.lifecycle import PREPAID, ShippingPolicy
from onorder.rules.numbering import scrambled

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

    `key` makes it safe to repeat (default: the number). Without a `number` it is given one. `shipping_policy` None:
    what the customer usually chooses, else what the shop's rule proposes. Amounts in minor units of `currency` (None:
    the shop's).

    `accepted`: what the customer was shown and agreed to. Then it says how the order ships and what that costs, and the
    order is taken only if what is true when it is placed is as good.
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
    accepted: Accepted | None = None

    @property
    def own_key(self) -> str:
        """The key that makes it safe to repeat."""
        return self.key or self.number

    def __post_init__(self) -> None:
        if not self.own_key.strip():
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
        if self.accepted and self._wanted() != sorted((ln.sku, ln.now + ln.later) for ln in self.accepted.lines):
            raise BadInput(
                what="Order {number}",
                problem="its customer agreed to other things than are on it",
                remedy="Show it again.",
                number=self.own_key,
            )

    def _wanted(self) -> list[tuple[str, int]]:
        return sorted((line.sku, line.quantity) for line in self.lines)


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
    """Why an order could not be taken, one sentence for each line that was in the way.

    `true`: of an order that could be, but not as its customer was shown it: what it would get now, and `changes`, what
    is worse about that.
    """

    number: str
    problems: tuple[Phrase, ...]
    true: Accepted | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of several orders: those taken, in their order, and those refused."""

    placed: list[Placed]
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """A customer of before, with the shipping policy they usually choose, if they ever said."""

    recipient: Recipient
    usual: str


@dataclass(slots=True)
class _Taken:
    """One order that has found its places. `number` is its own, or the one that it is given."""

    order: NewOrder
    how: Proposal
    promised_on: date | None
    places: list[Place]
    shipping_minor: int
    number: str

    @property
    def deposits(self) -> dict[str, int]:
        """By SKU, the share that its customer agreed to pay before it is here, in basis points."""
        accepted = self.order.accepted
        return {line.sku: line.terms.deposit_basis_points for line in accepted.lines} if accepted else {}

    def due_minor(self, prices: Sequence[int]) -> int:
        """What is to be paid before anything of it leaves; nothing where that is not for us to see to."""
        accepted = self.order.accepted
        if accepted is None or accepted.pays_by not in PREPAID:
            return 0
        shares = self.deposits
        parts = [
            Part(price, here=place.allocated, to_come=place.waiting, deposit_basis_points=shares[line.sku])
            for line, price, place in zip(self.order.lines, prices, self.places, strict=True)
        ]
        return asked_minor(parts, self.shipping_minor, self.order.discount_minor)


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
        outlook, how, shipping_minor = self._joining.outlook, self._how(order, places), order.shipping_minor
        if order.accepted:
            sold = list(zip((self._variants[line.sku] for line in order.lines), self._prices(order), strict=True))
            true = offered(outlook, sold, places, how, with_first_days=False)
            if worse := changes(order.accepted, true):
                self._joining.give_back(places)
                why = Phrase("something changed since it was shown")
                self.refused.append(Refusal(order.number, (why,), offered(outlook, sold, places, how), worse))
                return
            shipping_minor = true.shipping_minor
        on = promised_on(outlook, places, how.policy)
        self._taken.append(_Taken(order, how, on, places, shipping_minor, order.number))

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
            *("pays_by", "asked_on"),
        )
        for key, taken in zip(keys[Order], self._taken, strict=True):
            taken.number = taken.number or scrambled(key, self._setup.number_key)
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
            taken.number,
            order.own_key,
            self._customers[order.customer.reference].recipient.customer,
            self._location,
            order.channel,
            order.currency or self._setup.currency,
            order.placed_at or self._now,
            order.address,
            taken.how.policy,
            taken.how.most_parcels if taken.how.policy == ShippingPolicy.UP_TO else 1,
            taken.promised_on,
            taken.shipping_minor,
            order.discount_minor,
            order.accepted.pays_by if order.accepted else "",
            self._setup.today(self._now) if taken.due_minor(self._prices(order)) else None,
        )

    def _join(self, key: int, taken: _Taken, line_keys: Iterator[int]) -> Placed:
        entry = self._journal.record("placed", f"order:{key}", {"lines": []})
        if taken.order.accepted and taken.order.accepted.pays_by:
            entry.data["pays_by"] = taken.order.accepted.pays_by
            entry.data["due_minor"] = taken.due_minor(self._prices(taken.order))
        self._journal.tell(entry, self._customers[taken.order.customer.reference].recipient)
        lines = tuple(
            self._line(next(line_keys), key, line, place, taken, entry)
            for line, place in zip(taken.order.lines, taken.places, strict=True)
        )
        if taken.order.accepted:
            self._journal.record("accepted", f"order:{key}", taken.order.accepted.as_data())
        return Placed(key, taken.number, True, taken.promised_on, taken.how.policy, lines)

    def _line(self, key: int, order: int, wanted: NewLine, place: Place, taken: _Taken, entry: Entry) -> PlacedLine:
        price = wanted.unit_price_minor
        on = line_promised_on(place, taken.how.policy, taken.promised_on)
        line = Line.new(
            id=key,
            order=order,
            level=place.level,
            ordered=wanted.quantity,
            waiting=place.waiting,
            unit_price_minor=self._variants[wanted.sku].price_minor if price is None else price,
            queued_at=self._now,
            promised_on=on,
            deposit_basis_points=taken.deposits.get(wanted.sku, 10_000),
        )
        self._journal.join(entry, place.level, line, place.allocated)
        entry.data["lines"].append([key, place.allocated, place.waiting, on and on.isoformat()])
        return PlacedLine(key, wanted.sku, place.allocated, place.waiting, on)

    def _how(self, order: NewOrder, places: list[Place]) -> Proposal:
        """How the order ships: as agreed, as asked for, as its customer usually chooses, or as the shop proposes."""
        if order.accepted:
            return Proposal(order.accepted.policy, order.accepted.most_parcels)
        customer = self._customers.get(order.customer.reference)
        usual = ShippingPolicy(customer.usual) if customer and customer.usual else None
        if policy := order.shipping_policy or usual:
            return Proposal(policy, order.most_parcels)
        return proposal(self._joining.outlook, self._prices(order), places)

    def _prices(self, order: NewOrder) -> list[int]:
        """What one unit of each line costs."""
        return [
            self._variants[line.sku].price_minor if line.unit_price_minor is None else line.unit_price_minor
            for line in order.lines
        ]


def known_customers(references: set[str]) -> dict[str, Known]:
    """Customers of before, by reference. One statement."""
    condition, parameter = rows.among("reference", references)
    statement = f"SELECT reference, id, email, shipping_policy FROM onorder_customer WHERE {condition}"
    return {
        reference: Known(Recipient(key, email), usual)
        for reference, key, email, usual in rows.select(statement, (parameter,))
    }
