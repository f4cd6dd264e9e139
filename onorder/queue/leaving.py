"""What may leave of orders now, and whether what was packed is still that.

It is what is here, paid and not held, as far as the order's shipping policy lets it go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count as Number
from django.db.models import QuerySet

from onorder.errors import BadInput, NotFound, OnOrderError
from onorder.ledger import lines as order_lines
from onorder.ledger import owing
from onorder.ledger.journal import Recipient
from onorder.ledger.levels import Level, lock_levels
from onorder.ledger.lines import Line
from onorder.ledger.owing import Owing
from onorder.models import Order, OrderLine, Packing, Variant
from onorder.rules.lifecycle import ShippingPolicy
from onorder.rules.money import format_minor
from onorder.rules.parcels import LineState, contents


class NothingToShip(OnOrderError):
    code = "nothing_to_ship"
    sentence = "Nothing of {numbers} may go yet."
    remedy = "Their units are not here, or the orders ship together; see `onorder queue`."


class OnHold(OnOrderError):
    code = "on_hold"
    sentence = "Nothing leaves while it is held: {held}."
    remedy = "When the reason is gone, release it; then its parcel goes in its turn."


class NotPaid(OnOrderError):
    code = "not_paid"
    sentence = "Nothing leaves before it is paid: {unpaid}."
    remedy = "Book the payment once it is there; then its parcel goes in its turn."


class PackedOtherwise(OnOrderError):
    code = "packed_otherwise"
    sentence = "What was packed of {number} is not what may go any more: that is {contents}."
    remedy = "Nothing has left. Put the parcel right, and pack it again."


class PackedForElsewhere(OnOrderError):
    code = "packed_for_elsewhere"
    sentence = "The packed parcel of {number} has another address on it than its order has now."
    remedy = "Nothing has left. Open the parcel again, write the new address, and pack it."


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel to be handed to a carrier: what may go of one order.

    `packed`: units by SKU that are in it, where somebody counted them; None for what was packed before, or else for
    whatever may go.
    """

    order: str
    carrier: str = ""
    tracking: str = ""
    packed: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class _Head:
    """What shipping needs to know of an order."""

    id: int
    number: str
    location: int
    policy: ShippingPolicy
    most_parcels: int
    parcels_sent: int
    recipient: Recipient
    address: str


@dataclass(frozen=True, slots=True)
class Going:
    """Of one order what may go now: (line, units), in the order of its lines."""

    head: _Head
    lines: list[Line]
    contents: tuple[tuple[int, int], ...]


def let_go(wanted: Collection[str], *, skip_unready: bool) -> tuple[list[Going], dict[int, Level]]:
    """What may go now of the orders with these numbers, with its locked levels.

    Raises:
        NotFound, OnHold, NotPaid, NothingToShip: see `onorder.actions.shipping.ship`.
    """
    heads = _heads(Order.objects.filter(number__in=list(wanted)))
    if unknown := sorted(set(wanted) - {head.number for head in heads.values()}):
        raise NotFound(what="order", name=", ".join(unknown[:20]))
    levels = _lock(heads)
    stopped = held(heads)
    if stopped and not skip_unready:
        raise OnHold(held=", ".join(f"{heads[key].number} ({why})" for key, why in list(stopped.items())[:20]))
    unpaid = {key: one for key, one in owing.of_orders(heads).items() if one.due_minor}
    if unpaid and not skip_unready:
        raise NotPaid(unpaid=", ".join(_unpaid(one) for one in list(unpaid.values())[:20]))
    stays = stopped.keys() | unpaid.keys()
    going = [
        Going(heads[order], group, chosen)
        for order, group in ((key, list(of)) for key, of in groupby(order_lines.of_orders(heads), key=_order))
        if order not in stays and (chosen := _contents(heads[order], group, levels))
    ]
    if not skip_unready and (idle := sorted(set(wanted) - {one.head.number for one in going})):
        raise NothingToShip(numbers=", ".join(idle[:20]))
    return going, levels


def closed(orders: Collection[int]) -> dict[int, Packing]:
    """By order the parcels that are packed and wait for their carrier. One statement."""
    return {packing.order_id: packing for packing in Packing.objects.filter(order__in=list(orders))}


def is_as_packed(going: Going, packing: Packing | None) -> bool:
    """Whether a packed parcel, if there is one, has in it what may go, and its order's address on it."""
    return packing is None or (holds(packing) == going.contents and packing.address == going.head.address)


def holds(packing: Packing) -> tuple[tuple[int, int], ...]:
    """What is in a packed parcel, as `onorder.rules.parcels.contents` says it."""
    return tuple((line, units) for line, units in packing.contents)


def held(orders: Collection[int]) -> dict[int, str]:
    """Of these orders the held ones, and why."""
    return dict(Order.objects.filter(pk__in=orders, held_at__isnull=False).values_list("pk", "held_why"))


def check(going: Iterable[Going], parcels: Mapping[str, Parcel], packings: Mapping[int, Packing]) -> None:
    """Refuse what was counted into a parcel, or packed before, and is not what may go."""
    counted = []
    for one in going:
        packing = packings.get(one.head.id)
        if parcels[one.head.number].packed is not None:
            counted.append(one)
        elif packing and holds(packing) != one.contents:
            raise PackedOtherwise(number=one.head.number, contents=_named(one, _skus([one])))
        elif packing and packing.address != one.head.address:
            raise PackedForElsewhere(number=one.head.number)
    skus = _skus(counted)
    for one in counted:
        if +_by_sku(one, skus) != +Counter(parcels[one.head.number].packed):
            raise PackedOtherwise(number=one.head.number, contents=_named(one, skus))


def _skus(going: Collection[Going]) -> dict[int, str]:
    variants = {line.variant for one in going for line in one.lines}
    return dict(Variant.objects.filter(pk__in=variants).values_list("pk", "sku")) if going else {}


def _by_sku(going: Going, skus: Mapping[int, str]) -> Counter[str]:
    units, found = dict(going.contents), Counter[str]()
    for line in going.lines:
        found[skus[line.variant]] += units.get(line.id, 0)
    return found


def _named(going: Going, skus: Mapping[int, str]) -> str:
    return ", ".join(f"{few} × {sku}" for sku, few in sorted((+_by_sku(going, skus)).items())[:20])


def _contents(head: _Head, lines: Iterable[Line], levels: Mapping[int, Level]) -> tuple[tuple[int, int], ...]:
    states = []
    for line in lines:
        here = line.allocated if line.variant in levels else 0  # What arrived since the lock was asked for may wait.
        states.append(LineState(line.id, line.waiting + line.allocated - here, here, line.shipped))
    return contents(head.policy, head.most_parcels, head.parcels_sent, states)


def label(parcel: Parcel, packing: Packing | None = None) -> tuple[str, str]:
    """Who carries a parcel, and its number there: as it is said now, or else as it was when it was packed."""
    before = (packing.carrier, packing.tracking) if packing else ("", "")
    return parcel.carrier or before[0], parcel.tracking or before[1]


def _unpaid(one: Owing) -> str:
    return f"{one.number} ({format_minor(one.due_minor, one.currency, 'en')})"


def _order(line: Line) -> int:
    return line.order


def _heads(orders: QuerySet[Order]) -> dict[int, _Head]:
    found = orders.annotate(parcels_sent=Number("shipments")).values_list(
        "pk",
        "number",
        "location",
        "shipping_policy",
        "most_parcels",
        "parcels_sent",
        "customer",
        "customer__email",
        "address",
    )
    return {
        row[0]: _Head(*row[:3], ShippingPolicy(row[3]), row[4], row[5], Recipient(row[6], row[7]), row[8])
        for row in found
    }


def _lock(heads: dict[int, _Head]) -> dict[int, Level]:
    locations = {head.location for head in heads.values()}
    if len(locations) > 1:
        raise BadInput(what="Parcels", problem="are at several locations", remedy="Ship location by location.")
    set_aside = OrderLine.objects.filter(order__in=heads, allocated__gt=0)
    return lock_levels(set_aside.values_list("variant", flat=True), location=locations.pop()) if heads else {}
