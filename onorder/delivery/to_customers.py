"""What customers are told: what happened, what is here, what is still to come and when, and what they can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.delivery.letters import Letter, NoSuchText, Row, Section, Words, clean, clean_lines
from onorder.queries.messages import CustomerNews, Item
from onorder.rules.lifecycle import ShippingPolicy


@dataclass(frozen=True, slots=True)
class _Said:
    """What the kinds of letter differ in."""

    subject: str  # After the order's number.
    headline: str
    lead: str
    paragraphs: tuple[str, ...] = ()
    sections: tuple[Section | None, ...] = ()
    sums: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    after: tuple[str, ...] = ()


def letter(news: CustomerNews, words: Words) -> Letter:
    """The letter for an event of an order.

    Raises:
        NoSuchText: nothing is ever said of this kind.
    """
    write = _KINDS.get(news.kind)
    if write is None:
        raise NoSuchText(kind=news.kind)
    said = write(_Order(news, words))
    name = clean(news.to.name)
    return Letter(
        subject=_("Order %(number)s: %(what)s") % {"number": clean(news.order.number), "what": said.subject},
        greeting=_("Hello %(name)s,") % {"name": name} if name else _("Hello,"),
        headline=said.headline,
        lead=said.lead,
        paragraphs=said.paragraphs,
        sections=tuple(section for section in said.sections if section and section.rows),
        sums=said.sums,
        facts=said.facts,
        after=(*said.after, _("A question, or something to change? Reply to this e-mail; a person reads it.")),
        signature=clean(news.shop.name),
    )


@dataclass(frozen=True, slots=True)
class _Order:
    """An order right after an event, in words."""

    news: CustomerNews
    words: Words

    @property
    def touched(self) -> list[tuple[Item, int]]:
        """The lines that the event is about, with its units of each."""
        items = {item.line: item for item in self.news.items}
        return [(items[change.line], change.units) for change in self.news.changes]

    @property
    def units(self) -> int:
        return sum(change.units for change in self.news.changes)

    @property
    def what(self) -> str:
        """The units that the event is about: so many of a product or, of several, of "items"."""
        names = {item.name for item, _units in self.touched}
        if len(names) == 1:
            return f"{self.words.units(self.units)} × {clean(names.pop())}"
        return self.words.things(self.units)

    @property
    def open_items(self) -> list[Item]:
        return [item for item in self.news.items if item.here or item.to_come]

    @property
    def open_units(self) -> int:
        return sum(item.here + item.to_come for item in self.news.items)

    @property
    def together(self) -> bool:
        """Whether all of it goes in one parcel."""
        order = self.news.order
        return order.policy == ShippingPolicy.TOGETHER or (
            order.policy == ShippingPolicy.UP_TO and order.most_parcels == 1
        )

    def row(self, item: Item, units: int, note: str = "", *, priced: bool = False) -> Row:
        amount = self.words.money(item.unit_price_minor * units, self.news.order.currency) if priced else ""
        return Row(self.words.units(units), clean(item.name), clean(item.sku), note, amount)

    def happened(self, title: str) -> Section:
        """The lines that the event is about."""
        return Section(title, tuple(self.row(item, units) for item, units in self.touched))

    def rest(self, title: str = "", *, but: Iterable[tuple[int, int]] = ()) -> Section:
        """Everything that has not shipped, except (line, units) that the letter has spoken of already."""
        spoken = dict(but)
        rows = []
        for item in self.open_items:
            less = spoken.get(item.line, 0)
            to_come = max(item.to_come - less, 0)
            here = item.here - max(less - item.to_come, 0)
            if here > 0:
                rows.append(self.row(item, here, _("here, set aside for you")))
            if to_come:
                rows.append(self.row(item, to_come, self.ships(item)))
        if not any(item.to_come for item in self.open_items):
            title = _("Also set aside for you")
        return Section(title or _("Still to come"), tuple(rows))

    def ships(self, item: Item) -> str:
        """When a line ships: "by Fri 5 December"."""
        return self.words.by([item.told_on])

    def follows(self) -> str:
        """One sentence on what has not shipped, or that the order is complete."""
        if not self.open_units:
            return _("That completes your order.")
        things = {"things": self.words.things(self.open_units)}
        coming = [item for item in self.open_items if item.to_come]
        if not coming:
            here = ngettext(
                "%(things)s is set aside for you, to be packed next.",
                "%(things)s are set aside for you, to be packed next.",
                self.open_units,
            )
            return here % things
        said = ngettext(
            "%(things)s is still to come, %(when)s.", "%(things)s are still to come, %(when)s.", self.open_units
        )
        return said % (things | {"when": self.when(coming)})

    def when(self, items: Iterable[Item]) -> str:
        """When the last of these lines ships. Two dates apart: "the last by"."""
        days = {item.told_on for item in items}
        if len(days) > 1 and None not in days:
            return _("the last %(when)s") % {"when": self.words.by(days)}
        return self.words.by(days)


def _placed(order: _Order) -> _Said:
    items = [item for item, _units in order.touched]
    return _Said(
        _("thank you, we have it"),
        _("Thank you, we have your order"),
        _plan(order, items),
        sections=_planned(order, items),
        sums=_sums(order),
        facts=_address(order),
        after=(_("Until it has shipped you can cancel any of it."),),
    )


def _added(order: _Order) -> _Said:
    items = [item for item, _units in order.touched]
    what = {"what": order.what}
    return _Said(
        _("%(what)s added") % what,
        _("We have added %(what)s to your order") % what,
        _plan(order, items),
        sections=(*_planned(order, items), order.rest(_("The rest of your order"), but=_lines(order))),
    )


def _plan(order: _Order, items: list[Item]) -> str:
    """What ships now, and what later and when."""
    words = order.words
    now, later = sum(item.here for item in items), sum(item.to_come for item in items)
    late = [item for item in items if item.to_come]
    if not later:
        return _("Everything is here. It ships %(when)s.") % {"when": order.when(items)}
    if order.together:
        return _("It ships in one parcel, %(when)s.") % {"when": words.by([item.told_on for item in items])}
    if not now:
        return _("It ships as soon as it has come in, %(when)s.") % {"when": order.when(late)}
    return _("%(now)s can ship now. %(later)s will follow, %(when)s.") % {
        "now": words.things(now),
        "later": words.things(later),
        "when": order.when(late),
    }


def _planned(order: _Order, items: list[Item]) -> tuple[Section, ...]:
    late = {item.line for item in items if item.to_come}
    if order.together and late:
        rows = tuple(order.row(item, item.here + item.to_come, priced=True) for item in items)
        return (Section(_("In one parcel, %(when)s") % {"when": order.words.by([i.told_on for i in items])}, rows),)
    now = [
        order.row(item, item.here, "" if item.line in late else order.ships(item), priced=True)
        for item in items
        if item.here
    ]
    later = [order.row(item, item.to_come, order.ships(item), priced=True) for item in items if item.to_come]
    return Section(_("Ships now"), tuple(now)), Section(_("Ships later"), tuple(later))


def _sums(order: _Order) -> tuple[tuple[str, str], ...]:
    head = order.news.order
    goods = sum(item.unit_price_minor * units for item, units in order.touched)
    parts = [(_("Items"), goods), (_("Shipping"), head.shipping_minor), (_("Discount"), -head.discount_minor)]
    sums = [(label, order.words.money(minor, head.currency)) for label, minor in parts if minor]
    total = order.words.money(goods + head.shipping_minor - head.discount_minor, head.currency)
    return (*(sums if len(sums) > 1 else ()), (_("Total"), total))


def _address(order: _Order) -> tuple[tuple[str, str], ...]:
    lines = clean_lines(order.news.order.address)
    return ((_("Goes to"), ", ".join(lines)),) if lines else ()


def _lines(order: _Order) -> list[tuple[int, int]]:
    return [(change.line, change.units) for change in order.news.changes]


def _ordered(order: _Order) -> _Said:
    what = {"what": order.what}
    days = [change.on for change in order.news.changes]
    items = {item.line: item for item in order.news.items}
    rows = tuple(
        order.row(items[change.line], change.units, _expected(order, change.on)) for change in order.news.changes
    )
    lead = _("We have ordered %(what)s for you.") % what
    if None not in days:
        expected, told = max(day for day in days if day), [item.told_on for item, _units in order.touched]
        lead = f"{lead} {_keeps(order, expected, told)}"
    return _Said(
        _("%(what)s on order for you") % what,
        _("%(what)s on order for you") % what,
        lead,
        (_("We write again when it is here, or if the day we gave you changes."),),
        (Section(_("Ordered for you"), rows), order.rest(_("The rest of your order"), but=_lines(order))),
        after=(_("There is nothing you need to do."),),
    )


def _expected(order: _Order, on: date | None) -> str:
    return _("expected to ship %(day)s") % {"day": order.words.day(on)} if on else ""


def _keeps(order: _Order, expected: date, told: list[date | None]) -> str:
    """Where the expected day stands to the one that the customer was told."""
    latest = max((day for day in told if day), default=None)
    days = {"expected": order.words.day(expected), "told": order.words.day(latest) if latest else ""}
    if latest is None:
        return _("We expect to ship on %(expected)s.") % days
    if expected == latest:
        return _("We expect to ship on %(expected)s, as we told you.") % days
    if expected < latest:
        return _("We expect to ship on %(expected)s; at the latest, as we told you, on %(told)s.") % days
    return _("We expect to ship on %(expected)s, later than the %(told)s that we told you. We are sorry.") % days


def _delayed(order: _Order) -> _Said:
    changes = order.news.changes
    items = {item.line: item for item in order.news.items}
    new, old = {change.on for change in changes}, {change.was for change in changes}
    when = order.words.by(new)
    values = {"what": order.what, "when": when}
    if len(new) == len(old) == 1 and (was := changes[0].was):
        lead = _("%(what)s will ship %(when)s, not by %(was)s as we told you.") % (
            values | {"was": order.words.day(was)}
        )
    else:
        lead = _("%(what)s will ship later than we told you, the last %(when)s.") % values
    rows = tuple(order.row(items[c.line], c.units, _moved(order, c.on, c.was)) for c in changes)
    return _Said(
        _("it will be later, %(when)s") % values,
        _("It takes longer than we told you"),
        f"{lead} {_('We are sorry.')}",
        (_("It reaches us later than we expected. You keep your place in the queue."),),
        (Section(_("New dates"), rows), order.rest(_("The rest of your order"), but=_lines(order))),
        after=(
            _("If you are happy to wait, there is nothing you need to do."),
            _(
                "If you would rather not wait, reply to this e-mail: we cancel what has not shipped, and pay back"
                " what you have paid for it."
            ),
        ),
    )


def _moved(order: _Order, on: date | None, was: date | None) -> str:
    if was is None:
        return order.words.by([on])
    return _("%(when)s, was %(was)s") % {"when": order.words.by([on]), "was": order.words.day(was)}


def _arrived(order: _Order) -> _Said:
    what = {"what": order.what}
    coming = [item for item in order.news.items if item.to_come]
    units = sum(item.to_come for item in coming)
    values = what | {"things": order.words.things(units), "when": order.when(coming)}
    if not units:
        lead = _("%(what)s completes your order. It is packed next.") % values
    elif order.news.waits_for_the_rest():
        lead = _("%(what)s is set aside for you, and ships together with the rest of your order, %(when)s.") % values
    else:
        lead = _("%(what)s is set aside for you and is packed next. %(things)s will follow, %(when)s.") % values
    return _Said(
        _("%(what)s arrived") % what,
        _("%(what)s arrived for you") % what,
        lead,
        (_("We write again when your parcel leaves."),),
        (order.happened(_("Arrived")), order.rest(but=_lines(order))),
        after=(_("There is nothing you need to do."),),
    )


def _shipped(order: _Order) -> _Said:
    parcel = order.news.parcel
    facts: list[tuple[str, str]] = []
    if parcel:
        named = [(_("Carrier"), parcel.carrier), (_("Tracking number"), parcel.tracking), (_("Parcel"), parcel.number)]
        facts = [(label, clean(value)) for label, value in named if clean(value)]
    last = not order.open_units
    carrier = clean(parcel.carrier) if parcel else ""
    left = (
        _("A parcel with %(what)s has left us, with %(carrier)s.")
        if carrier
        else _("A parcel with %(what)s has left us.")
    )
    return _Said(
        _("your parcel is on its way") if last else _("a parcel is on its way, more will follow"),
        _("Your parcel is on its way"),
        f"{left % {'what': order.what, 'carrier': carrier}} {order.follows()}",
        sections=(order.happened(_("In this parcel")), order.rest()),
        facts=(*facts, *_address(order)),
    )


def _cancelled(order: _Order) -> _Said:
    whole = not order.open_units
    nothing_went = not any(item.shipped for item in order.news.items)
    what = {"what": order.what}
    paid = _("What you have paid for it we pay back; you get an e-mail when it is on its way.")
    return _Said(
        _("cancelled") if whole and nothing_went else _("%(what)s cancelled") % what,
        _("Your order is cancelled") if whole and nothing_went else _("%(what)s is cancelled") % what,
        _("We have cancelled %(what)s.") % what + ("" if whole and nothing_went else f" {order.follows()}"),
        (paid,) if order.news.order.is_paid else (),
        (order.happened(_("Cancelled")), order.rest()),
        after=(_("If that is not what you wanted, tell us."),),
    )


def _swapped(order: _Order) -> _Said:
    items = {item.line: item for item in order.news.items}
    gone = tuple(order.row(items[change.line], change.units) for change in order.news.gone)
    what = {"what": order.what}
    return _Said(
        _("%(what)s instead") % what,
        _("We have changed your order to %(what)s") % what,
        _plan(order, [item for item, _units in order.touched]),
        sections=(
            *_planned(order, [item for item, _units in order.touched]),
            Section(_("Instead of"), gone),
            order.rest(_("The rest of your order"), but=_lines(order)),
        ),
        after=(_("If that is not what you wanted, tell us."),),
    )


def _promised_anew(order: _Order) -> _Said:
    changes = order.news.changes
    items = {item.line: item for item in order.news.items}
    values = {"what": order.what, "when": order.words.by({change.on for change in changes})}
    rows = tuple(order.row(items[c.line], c.units, _moved(order, c.on, c.was)) for c in changes)
    later = any(change.on and change.was and change.on > change.was for change in changes)
    after = (
        (_("If you would rather not wait, reply to this e-mail: we cancel what has not shipped."),)
        if later
        else (_("There is nothing you need to do."),)
    )
    return _Said(
        _("a new day, %(when)s") % values,
        _("There is a new day for your order"),
        _("%(what)s will ship %(when)s.") % values,
        (clean(order.news.why),) if order.news.why else (),
        (Section(_("New dates"), rows), order.rest(_("The rest of your order"), but=_lines(order))),
        after=after,
    )


def _refunded(order: _Order) -> _Said:
    amount = {"amount": order.words.money(order.news.amount_minor, order.news.order.currency)}
    return _Said(
        _("%(amount)s on its way back to you") % amount,
        _("%(amount)s is on its way back to you") % amount,
        _("We have paid back %(amount)s, the way you paid. Your bank may take a few days to show it.") % amount
        + (f" {order.follows()}" if order.open_units else ""),
        sections=(order.rest(),),
    )


def _returned(order: _Order) -> _Said:
    what = {"what": order.what}
    return _Said(
        _("your return has arrived"),
        _("Your return has arrived"),
        _("We have %(what)s back. Thank you for sending it.") % what
        + (f" {order.follows()}" if order.open_units else ""),
        (_("If money is due to you, you get an e-mail when it is on its way."),),
        (order.happened(_("Came back")), order.rest()),
    )


_KINDS: dict[str, Callable[[_Order], _Said]] = {
    "placed": _placed,
    "added": _added,
    "swapped": _swapped,
    "ordered": _ordered,
    "delayed": _delayed,
    "promised_anew": _promised_anew,
    "arrived": _arrived,
    "shipped": _shipped,
    "cancelled": _cancelled,
    "refunded": _refunded,
    "returned": _returned,
}

#: Everything that customers are told of.
KINDS = tuple(_KINDS)
