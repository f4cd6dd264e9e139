"""What customers are told: what happened, what is here, what is still to come and when, and what they can do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.delivery import along_the_way, asked_for, cancelling, paying, returns
from onorder.delivery.late_words import asked
from onorder.delivery.letters import Letter, NoSuchText, Section, Words, clean, clean_lines, worded
from onorder.delivery.order_words import OrderWords, Said
from onorder.queries.messages import CustomerNews, Item


def letter(news: CustomerNews, words: Words, link: str = "", *, tells_rest: bool = True) -> Letter:
    """The letter for an event of an order, in the shop's own words where it has some in this language.

    Args:
        link: the address at which its customer follows the order; empty if there is none.
        tells_rest: whether it says what is still to come of the order.

    Raises:
        NoSuchText: nothing is ever said of this kind.
    """
    write = _KINDS.get(news.kind)
    if write is None:
        raise NoSuchText(kind=news.kind)
    said = write(OrderWords(news, words, link, tells_rest))
    name = clean(news.to.name)
    written = Letter(
        subject=_("Order %(number)s: %(what)s") % {"number": clean(news.order.number), "what": said.subject},
        greeting=_("Hello %(name)s,") % {"name": name} if name else _("Hello,"),
        headline=said.headline,
        opening=said.opening,
        state=said.state,
        paragraphs=said.paragraphs,
        sections=tuple(section for section in said.sections if section and section.rows),
        sums=said.sums,
        facts=said.facts,
        after=(*said.after, _("A question, or something to change? Reply to this e-mail; a person reads it.")),
        signature=clean(news.shop.name),
        about=_("Order %(number)s") % {"number": clean(news.order.number)},
        is_bad_news=news.kind in ("delayed", "lapsed", "unpaid"),
        link=link,
        link_says=_link_says(news),
        what=said.subject,
    )
    own = news.own.get(words.locale.language)
    return worded(written, own, values(news, words)) if own else written


def values(news: CustomerNews, words: Words) -> dict[str, str]:
    """What stands in this message for the names that a text of its kind may use. What there is not is empty."""
    order, parcel = OrderWords(news, words), news.parcel
    when = _WHEN.get(news.kind, _rest)(order)
    return {
        "name": clean(news.to.name),
        "order": clean(news.order.number),
        "shop": clean(news.shop.name),
        "what": order.what,
        "when": when,
        "amount": words.money(news.amount_minor, news.order.currency),
        "day": words.day(news.pay_by) if news.pay_by else "",
        "carrier": clean(parcel.carrier) if parcel else "",
        "tracking": clean(parcel.tracking) if parcel else "",
        "return": clean(news.back),
    }


def _link_says(news: CustomerNews) -> str:
    """What is to be found where the link of this message leads (`onorder.delivery.mail`)."""
    if any(change.silence for change in news.changes):
        return _("Say whether you wait")
    if paying.is_bill(news):
        return _("Pay")
    said = {
        "delivered": _("Send something back"),
        "return_requested": _("Print the label"),
        "return_received": _("See your return"),
        "account": _("See all of your orders"),
    }
    return said.get(news.kind, _("Follow your order"))


def _of_these(order: OrderWords) -> str:
    return order.when([item for item, _units in order.touched])


def _new_day(order: OrderWords) -> str:
    return order.words.by([change.on for change in order.news.changes])


def _rest(order: OrderWords) -> str:
    return order.when(order.coming) if order.coming else ""


#: What "when" is about, where it is not about what is still to come.
_WHEN: dict[str, Callable[[OrderWords], str]] = {
    "placed": _of_these,
    "added": _of_these,
    "swapped": _of_these,
    "replaced": _of_these,
    "ordered": _new_day,
    "confirmed": _new_day,
    "on_its_way": _new_day,
    "delayed": _new_day,
    "promised_anew": _new_day,
}


def _placed(order: OrderWords) -> Said:
    items = [item for item, _units in order.touched]
    return Said(
        _("thank you, we have it"),
        _("Thank you, we have your order"),
        state=_plan(order, items),
        sections=_planned(order, items),
        paragraphs=paying.with_order(order),
        sums=_sums(order),
        facts=(*(paying.details(order) if order.news.due_minor else ()), *_address(order)),
        after=(
            _("Until it has shipped you can cancel any of it, on your order's page or by a reply.")
            if order.link
            else _("Until it has shipped you can cancel any of it."),
        ),
    )


def _added(order: OrderWords) -> Said:
    items = [item for item, _units in order.touched]
    what = {"what": order.what}
    return Said(
        _("%(what)s added") % what,
        _("We have added %(what)s to your order") % what,
        state=_plan(order, items),
        sections=(*_planned(order, items), order.rest(_("The rest of your order"), but=_lines(order))),
    )


def _plan(order: OrderWords, items: list[Item]) -> str:
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


def _planned(order: OrderWords, items: list[Item]) -> tuple[Section, ...]:
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


def _sums(order: OrderWords) -> tuple[tuple[str, str], ...]:
    head = order.news.order
    goods = sum(item.unit_price_minor * units for item, units in order.touched)
    parts = [(_("Items"), goods), (_("Shipping"), head.shipping_minor), (_("Discount"), -head.discount_minor)]
    sums = [(label, order.words.money(minor, head.currency)) for label, minor in parts if minor]
    total = order.words.money(goods + head.shipping_minor - head.discount_minor, head.currency)
    now = order.news.due_minor
    due = ((_("To be paid now"), order.words.money(now, head.currency)),) if now else ()
    return (*(sums if len(sums) > 1 else ()), (_("Total"), total), *due)


def _address(order: OrderWords) -> tuple[tuple[str, str], ...]:
    lines = clean_lines(order.news.order.address)
    return ((_("Goes to"), ", ".join(lines)),) if lines else ()


def _lines(order: OrderWords) -> list[tuple[int, int]]:
    return [(change.line, change.units) for change in order.news.changes]


def _delayed(order: OrderWords) -> Said:
    changes = order.news.changes
    items = {item.line: item for item in order.news.items}
    new, old = {change.on for change in changes}, {change.was for change in changes}
    when = order.words.by(new)
    values = {"what": order.what, "when": when}
    if len(new) == len(old) == 1 and (was := changes[0].was):
        state = _("%(what)s will ship %(when)s, not by %(was)s as we told you.") % (
            values | {"was": order.words.day(was)}
        )
    elif None in new:
        state = _("%(what)s will ship later than we told you. For some of it nobody can tell us a day.") % values
    else:
        state = _("%(what)s will ship later than we told you, the last %(when)s.") % values
    rows = tuple(order.row(items[c.line], c.units, _moved(order, c.on, c.was)) for c in changes)
    asks = asked(order)
    return Said(
        _("it will be later, %(when)s") % values,
        _("It takes longer than we told you"),
        _("We are sorry."),
        state,
        (_("It reaches us later than we expected. You keep your place in the queue."), *asks),
        (Section(_("New dates"), rows), order.rest(_("The rest of your order"), but=_lines(order))),
        after=()
        if asks
        else (
            _("If you are happy to wait, there is nothing you need to do."),
            order.rather_not_wait(_("we cancel what has not shipped, and pay back what you have paid for it.")),
        ),
    )


def _moved(order: OrderWords, on: date | None, was: date | None) -> str:
    if was is None:
        return order.words.by([on])
    return _("%(when)s, was %(was)s") % {"when": order.words.by([on]), "was": order.words.day(was)}


def _arrived(order: OrderWords) -> Said:
    what = {"what": order.what}
    units = sum(item.to_come for item in order.coming)
    rest = {"things": order.words.things(units), "when": order.when(order.coming)}
    opening = ngettext("%(what)s is set aside for you.", "%(what)s are set aside for you.", order.units)
    if not units:
        opening = ngettext("%(what)s completes your order.", "%(what)s complete your order.", order.units)
        state = _("It is packed next.")
    elif order.news.waits_for_the_rest():
        state = _("It ships together with the rest of your order, %(when)s.") % rest
    else:
        state = _("It is packed next. %(things)s will follow, %(when)s.") % rest
    return Said(
        _("%(what)s arrived") % what,
        _("%(what)s arrived for you") % what,
        opening % what,
        state,
        (_("We write again when your parcel leaves."),),
        (order.happened(_("Arrived")), order.rest(but=_lines(order), but_here=True)),
        after=(_("There is nothing you need to do."),),
    )


def _packed(order: OrderWords) -> Said:
    """A parcel is closed, and waits for its carrier."""
    what = {"what": order.what}
    rest = order.rest(_("The rest of your order"), but=_lines(order), but_here=True)
    return Said(
        _("your parcel is packed") if not rest.rows else _("a parcel is packed, more will follow"),
        _("Your parcel is packed"),
        ngettext(
            "%(what)s is packed and waits for the carrier.",
            "%(what)s are packed and wait for the carrier.",
            order.units,
        )
        % what,
        "",
        (_("We write again when your parcel leaves."),),
        (order.happened(_("In this parcel")), rest),
        facts=_address(order),
        after=(_("There is nothing you need to do."),),
    )


def _shipped(order: OrderWords) -> Said:
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
    return Said(
        _("your parcel is on its way") if last else _("a parcel is on its way, more will follow"),
        _("Your parcel is on its way"),
        left % {"what": order.what, "carrier": carrier},
        order.follows(),
        sections=(order.happened(_("In this parcel")), order.rest()),
        facts=(*facts, *_address(order)),
    )


def _swapped(order: OrderWords) -> Said:
    items = {item.line: item for item in order.news.items}
    gone = tuple(order.row(items[change.line], change.units) for change in order.news.gone)
    what = {"what": order.what}
    return Said(
        _("%(what)s instead") % what,
        _("We have changed your order to %(what)s") % what,
        state=_plan(order, [item for item, _units in order.touched]),
        sections=(
            *_planned(order, [item for item, _units in order.touched]),
            Section(_("Instead of"), gone),
            order.rest(_("The rest of your order"), but=_lines(order)),
        ),
        after=(_("If that is not what you wanted, tell us."),),
    )


def _promised_anew(order: OrderWords) -> Said:
    changes = order.news.changes
    items = {item.line: item for item in order.news.items}
    values = {"what": order.what, "when": order.words.by({change.on for change in changes})}
    rows = tuple(order.row(items[c.line], c.units, _moved(order, c.on, c.was)) for c in changes)
    later = any(change.on and change.was and change.on > change.was for change in changes)
    asks = asked(order)
    after = (
        (order.rather_not_wait(_("we cancel what has not shipped.")),)
        if later
        else (_("There is nothing you need to do."),)
    )
    return Said(
        _("a new day, %(when)s") % values,
        _("There is a new day for your order"),
        state=_("%(what)s will ship %(when)s.") % values,
        paragraphs=(*((clean(order.news.why),) if order.news.why else ()), *asks),
        sections=(Section(_("New dates"), rows), order.rest(_("The rest of your order"), but=_lines(order))),
        after=() if asks else after,
    )


def _refunded(order: OrderWords) -> Said:
    amount = {"amount": order.words.money(order.news.amount_minor, order.news.order.currency)}
    return Said(
        _("%(amount)s on its way back to you") % amount,
        _("%(amount)s is on its way back to you") % amount,
        _("We have paid back %(amount)s, the way you paid. Your bank may take a few days to show it.") % amount,
        order.follows() if order.open_units else "",
        sections=(order.rest(),),
        sums=((_("Paid back"), amount["amount"]),),
    )


def _replaced(order: OrderWords) -> Said:
    items = [item for item, _units in order.touched]
    what = {"what": order.what}
    return Said(
        _("%(what)s again, at no cost") % what,
        _("We send you %(what)s again") % what,
        _("What you sent back is here. We send you %(what)s again, and it costs you nothing.") % what,
        _plan(order, items),
        sections=(*_planned(order, items), order.rest(_("The rest of your order"), but=_lines(order))),
        after=(_("There is nothing you need to do."),),
    )


def _heartbeat(order: OrderWords) -> Said:
    return Said(
        _("nothing has changed, it is still to come"),
        _("We have not forgotten you"),
        _("We have not written for a while, because nothing has changed: what we told you last still stands."),
        order.follows(),
        (_("We write again when something happens, or if a day that we gave you changes."),),
        (order.rest(),),
        after=(_("There is nothing you need to do."),),
    )


_KINDS: dict[str, Callable[[OrderWords], Said]] = {
    "placed": _placed,
    "added": _added,
    "swapped": _swapped,
    "ordered": along_the_way.ordered,
    "confirmed": along_the_way.confirmed,
    "on_its_way": along_the_way.on_its_way,
    "delayed": _delayed,
    "promised_anew": _promised_anew,
    "arrived": _arrived,
    "packed": _packed,
    "shipped": _shipped,
    "delivered": along_the_way.delivered,
    "cancelled": cancelling.cancelled,
    "lapsed": cancelling.lapsed,
    "captured": paying.paid,
    "balance_due": paying.due,
    "payment_reminded": paying.reminded,
    "unpaid": cancelling.unpaid,
    "refunded": _refunded,
    "return_requested": returns.requested,
    "return_received": returns.received,
    "returned": returns.taken,
    "return_refused": returns.refused,
    "replaced": _replaced,
    "heartbeat": _heartbeat,
    "link": asked_for.link,
    "account": asked_for.account,
}

#: Everything that customers are told of.
KINDS = tuple(_KINDS)
