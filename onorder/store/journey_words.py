"""An order in words for whoever waits for it: the answer first, then where everything is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from onorder.look.tags import number
from onorder.queries.journey import Journey, JourneyParcel, Thing, Where
from onorder.queue.outlook import PROMISED
from onorder.wording.dates import day_words, days_words, unbroken
from onorder.wording.reasons import for_customer, share_words

#: What a message was about, as its reader remembers it.
MESSAGES: Final[Mapping[str, str]] = {
    "placed": gettext_noop("We have your order"),
    "added": gettext_noop("Something was added"),
    "swapped": gettext_noop("Something else instead"),
    "ordered": gettext_noop("Ordered for you"),
    "confirmed": gettext_noop("Confirmed by the maker"),
    "on_its_way": gettext_noop("On its way to us"),
    "delayed": gettext_noop("It takes longer"),
    "promised_anew": gettext_noop("A new day"),
    "arrived": gettext_noop("It is here"),
    "packed": gettext_noop("A parcel is packed"),
    "shipped": gettext_noop("A parcel is on its way"),
    "delivered": gettext_noop("A parcel has come"),
    "cancelled": gettext_noop("Cancelled"),
    "lapsed": gettext_noop("Cancelled, it was late"),
    "captured": gettext_noop("Your payment is here"),
    "balance_due": gettext_noop("It is here, to be paid"),
    "payment_reminded": gettext_noop("Still to be paid"),
    "unpaid": gettext_noop("Cancelled, not paid"),
    "refunded": gettext_noop("Money on its way back"),
    "return_requested": gettext_noop("How to send something back"),
    "return_received": gettext_noop("Your return has arrived"),
    "returned": gettext_noop("Your return is taken back"),
    "return_refused": gettext_noop("Your return cannot be taken"),
    "replaced": gettext_noop("The same is sent again"),
    "heartbeat": gettext_noop("Nothing has changed"),
    "link": gettext_noop("The link to this page"),
    "account": gettext_noop("The link to all of your orders"),
}
_MOST_SENTENCES = 3


def headline(journey: Journey, today: date) -> str:
    """When it comes, or that it is all there: the answer to what people open the page for."""
    coming, left = _coming(journey), _left(journey)
    if len(coming) > 1:
        return _next_of(coming, today)
    if coming:
        return _arrives(coming[0], is_rest=bool(left), today=today)
    if any(parcel.is_missing for parcel in left):
        return _("We look for your parcel")
    if any(parcel.next for parcel in left):
        return _("Everything is on its way")
    if left:
        since = max((parcel.arrives_by for parcel in left if parcel.arrives_by), default=None)
        return _("Complete since %(day)s") % {"day": day_words(since, today)} if since else _("Complete")
    return _("This order is cancelled")


def lead(journey: Journey, today: date, *, is_held: bool, is_asked: bool = False) -> str:
    """The same in a few sentences: what is where, and whether anything is to be done.

    Of an order whose customer `is_asked` whether they wait, that question says what there is to do.
    """
    return " ".join(_sentences(journey, today, is_held=is_held, is_asked=is_asked))


def why(parcel: JourneyParcel, today: date) -> str:
    """Why it comes on that day, in a line; empty of what is packed or has left."""
    if parcel.where in (Where.PACKED, Where.SHIPPED):
        return ""
    if parcel.where == Where.HERE:
        return _("All of it is here; it is packed in its turn.")
    if parcel.where == Where.UNPAID:
        return _("All of it is here; it leaves as soon as it is paid.")
    said = for_customer(parcel.why) if parcel.why else _("Made for you; the maker has not told us the day yet.")
    is_as_promised = parcel.told_arrives_by == parcel.first_arrives_by and not parcel.is_late
    if parcel.why and parcel.told_arrives_by and is_as_promised and parcel.told_arrives_by >= today:
        day = {"share": share_words(PROMISED), "day": day_words(parcel.told_arrives_by, today)}
        others = _("%(share)s such orders arrive by %(day)s.") % day
        return f"{said} {others}"
    return said


def what(things: Sequence[Thing]) -> str:
    """Things by their name if they are of one kind, else by their number."""
    if len(things) == 1:
        (thing,) = things
        return thing.name if thing.units == 1 else f"{number(thing.units)} × {thing.name}"
    units = sum(thing.units for thing in things)
    return ngettext("%(n)s item", "%(n)s items", units) % {"n": number(units)}


def when(parcel: JourneyParcel, today: date) -> str:
    """The days between which it arrives, no line of a headline broken within one; empty if nobody knows."""
    return unbroken(days_words(parcel.arrives_from, parcel.arrives_by, today))


def _coming(journey: Journey) -> list[JourneyParcel]:
    return [parcel for parcel in journey.parcels if parcel.where != Where.SHIPPED]


def _left(journey: Journey) -> list[JourneyParcel]:
    return [parcel for parcel in journey.parcels if parcel.where == Where.SHIPPED]


def _next_of(coming: Sequence[JourneyParcel], today: date) -> str:
    dated = [parcel for parcel in coming if parcel.arrives_from or parcel.arrives_by]
    values = {"n": number(len(coming))}
    if not dated:
        return _("%(n)s parcels are to come; we tell you the days as soon as we know them") % values
    first = min(dated, key=lambda parcel: parcel.arrives_from or parcel.arrives_by or today)
    return _("The next of %(n)s parcels arrives %(when)s") % (values | {"when": when(first, today)})


def _arrives(parcel: JourneyParcel, *, is_rest: bool, today: date) -> str:
    if not (days := when(parcel, today)):
        return _("We tell you the day as soon as we know it")
    if len(parcel.things) == 1:
        (thing,) = parcel.things
        values = {"n": number(thing.units), "name": thing.name, "when": days}
        return ngettext("Your %(name)s arrives %(when)s", "Your %(n)s × %(name)s arrive %(when)s", thing.units) % values
    said = _("The rest arrives %(when)s") if is_rest else _("Everything arrives %(when)s")
    return said % {"when": days}


def _sentences(journey: Journey, today: date, *, is_held: bool, is_asked: bool) -> Iterator[str]:
    coming, left = _coming(journey), _left(journey)
    for parcel in coming[:_MOST_SENTENCES]:
        yield _where(parcel)
    if coming and left:
        yield _left_already(left)
    if coming and is_held:
        yield _("We keep it here for now: something about it is to be settled. If we have not written to you, do.")
    elif any(parcel.is_late for parcel in coming):
        yield _("Some of it comes later than we told you, and we are sorry. You keep your place.")
    elif coming:
        if not is_asked and all(parcel.where != Where.UNPAID for parcel in coming):
            yield _("There is nothing you need to do.")
    elif any(parcel.is_missing for parcel in left):
        yield _("You told us that a parcel has not come. A person looks for it, and writes to you.")
    elif any(parcel.next for parcel in left):
        arrives = max((parcel.arrives_by for parcel in left if parcel.next and parcel.arrives_by), default=None)
        if arrives:
            yield _("The last of it should be with you by %(day)s.") % {"day": day_words(arrives, today)}
    elif left and all(parcel.delivered_at for parcel in left):
        yield _("All of it is with you. If something is missing or is not right, write to us.")
    elif left:
        yield _("All of it should be with you. If something is missing or is not right, write to us.")
    else:
        yield _("Nothing of it is still to come.")


def _where(parcel: JourneyParcel) -> str:
    units = sum(thing.units for thing in parcel.things)
    values = {"what": what(parcel.things)}
    if parcel.where == Where.HERE:
        return ngettext("%(what)s is here, and packed next.", "%(what)s are here, and packed next.", units) % values
    if parcel.where == Where.PACKED:
        said = ngettext(
            "%(what)s is packed, and waits for the carrier.", "%(what)s are packed, and wait for the carrier.", units
        )
        return said % values
    if parcel.where == Where.UNPAID:
        said = ngettext(
            "%(what)s is here, and leaves as soon as it is paid.",
            "%(what)s are here, and leave as soon as they are paid.",
            units,
        )
        return said % values
    if parcel.where == Where.PARTLY:
        return _("Some of it is here, and waits for the rest, so that it comes in one parcel.")
    if parcel.where == Where.ON_ITS_WAY:
        return ngettext("%(what)s is on its way to us.", "%(what)s are on their way to us.", units) % values
    if parcel.where == Where.ON_ORDER:
        return ngettext("%(what)s is being made for you.", "%(what)s are being made for you.", units) % values
    said = ngettext(
        "%(what)s is made for you, and ordered from the maker next.",
        "%(what)s are made for you, and ordered from the maker next.",
        units,
    )
    return said % values


def _left_already(left: Sequence[JourneyParcel]) -> str:
    things: dict[str, int] = {}
    for thing in (thing for parcel in left for thing in parcel.things):
        things[thing.name] = things.get(thing.name, 0) + thing.units
    units = sum(things.values())
    said = ngettext("%(what)s has left us already.", "%(what)s have left us already.", units)
    return said % {"what": what([Thing(name, few) for name, few in things.items()])}
