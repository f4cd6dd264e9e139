"""An order right after an event, in words: what its letters are put together from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.delivery.letters import Row, Section, Words, clean
from onorder.queries.messages import CustomerNews, Item
from onorder.rules.lifecycle import ShippingPolicy


@dataclass(frozen=True, slots=True)
class Said:
    """What the kinds of letter differ in."""

    subject: str  # After the order's number.
    headline: str
    opening: str = ""
    state: str = ""
    paragraphs: tuple[str, ...] = ()
    sections: tuple[Section | None, ...] = ()
    sums: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderWords:
    """An order right after an event, in words."""

    news: CustomerNews
    words: Words
    link: str = ""  # Where its customer follows it.
    tells_rest: bool = True  # Whether nothing in the same letter says, later, what is still to come of it.

    @property
    def touched(self) -> list[tuple[Item, int]]:
        """The lines that the event is about, with its units of each."""
        items = {item.line: item for item in self.news.items}
        return [(items[change.line], change.units) for change in self.news.changes]

    @property
    def units(self) -> int:
        """Units that the event is about."""
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
        """Lines with something that has not shipped."""
        return [item for item in self.news.items if item.here or item.to_come]

    @property
    def open_units(self) -> int:
        """Units that have not shipped."""
        return sum(item.here + item.to_come for item in self.news.items)

    @property
    def together(self) -> bool:
        """Whether all of it goes in one parcel."""
        order = self.news.order
        return order.policy == ShippingPolicy.TOGETHER or (
            order.policy == ShippingPolicy.UP_TO and order.most_parcels == 1
        )

    @property
    def coming(self) -> list[Item]:
        """Lines with something that is not here yet."""
        return [item for item in self.news.items if item.to_come]

    def rather_not_wait(self, does: str) -> str:
        """How to say no to what is late, on the page if there is one; `does`: what we then do."""
        if self.link:
            said = _("If you would rather not wait, cancel on your order's page or reply to this e-mail: %(does)s")
        else:
            said = _("If you would rather not wait, reply to this e-mail: %(does)s")
        return said % {"does": does}

    def row(self, item: Item, units: int, note: str = "", *, priced: bool = False) -> Row:
        """So many units of a line."""
        amount = self.words.money(item.unit_price_minor * units, self.news.order.currency) if priced else ""
        return Row(self.words.units(units), clean(item.name), clean(item.sku), note, amount)

    def happened(self, title: str) -> Section:
        """The lines that the event is about."""
        return Section(title, tuple(self.row(item, units) for item, units in self.touched))

    def rest(self, title: str = "", *, but: Iterable[tuple[int, int]] = (), but_here: bool = False) -> Section:
        """Everything that has not shipped, except (line, units) that the letter has spoken of already.

        Args:
            but_here: those are here, as what has just arrived is; else they are still to come, as far as anything is.
        """
        if not self.tells_rest:
            return Section("", ())
        spoken = dict(but)
        rows = []
        for item in self.open_items:
            less = spoken.get(item.line, 0)
            less_to_come = max(less - item.here, 0) if but_here else min(less, item.to_come)
            to_come, here = item.to_come - less_to_come, item.here - (less - less_to_come)
            if here > 0:
                rows.append(self.row(item, here, _("here, set aside for you")))
            if to_come:
                rows.append(self.row(item, to_come, self.ships(item)))
        if not self.coming:
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
        if not self.coming:
            here = ngettext(
                "%(things)s is set aside for you, to be packed next.",
                "%(things)s are set aside for you, to be packed next.",
                self.open_units,
            )
            return here % things
        said = ngettext(
            "%(things)s is still to come, %(when)s.", "%(things)s are still to come, %(when)s.", self.open_units
        )
        return said % (things | {"when": self.when(self.coming)})

    def when(self, items: Iterable[Item]) -> str:
        """When the last of these lines ships. Two dates apart: "the last by"."""
        days = {item.told_on for item in items}
        if len(days) > 1 and None not in days:
            return _("the last %(when)s") % {"when": self.words.by(days)}
        return self.words.by(days)
