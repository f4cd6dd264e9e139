"""What customers are told of what they are to pay, and have paid."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from onorder.delivery.letters import Section, clean, clean_lines
from onorder.delivery.order_words import OrderWords, Said
from onorder.queries.messages import CustomerNews
from onorder.rules.lifecycle import PayBy

#: What asks for money.
BILLS: Final = ("balance_due", "payment_reminded")


def is_bill(news: CustomerNews) -> bool:
    """Whether the first thing to do is to pay: asked for by itself, or by card with the order."""
    return news.kind in BILLS or bool(news.kind == "placed" and news.due_minor and news.order.pays_by == PayBy.CARD)


def due(order: OrderWords) -> Said:
    """What they waited for is here, and the rest is to be paid before it leaves."""
    values = _values(order)
    return Said(
        _("it is here, please pay %(amount)s") % values,
        _("It is here: please pay %(amount)s") % values,
        _("What you ordered is here and set aside for you. It leaves as soon as it is paid."),
        _by_when(order),
        how(order),
        _here(order),
        sums=((_("To pay"), values["amount"]),),
        facts=details(order),
        after=(_("Have you paid already? Then our letters have crossed, and there is nothing you need to do."),),
    )


def reminded(order: OrderWords) -> Said:
    """The same once more, and what becomes of it if nothing is paid."""
    values = _values(order)
    return Said(
        _("%(amount)s is still to be paid") % values,
        _("%(amount)s is still to be paid") % values,
        _("We have not seen your payment yet, and keep your order for you."),
        _by_when(order),
        (*how(order), _("What is not paid by then we cancel, and it goes to the next who waits for it.")),
        _here(order),
        sums=((_("To pay"), values["amount"]),),
        facts=details(order),
        after=(
            _("Have you paid already? Then our letters have crossed, and there is nothing you need to do."),
            _("Do you need more time? Reply to this e-mail, and we see what can be done."),
        ),
    )


def paid(order: OrderWords) -> Said:
    """What they paid is there."""
    values, news = _values(order), order.news
    money = order.words.money
    if news.due_minor:
        rest = _("%(due)s is still to be paid before the next parcel leaves.")
    elif news.open_minor:
        rest = _("The rest, %(open)s, is to be paid once it is here; we write to you then.")
    else:
        rest = ""
    amounts = {"due": money(news.due_minor, news.order.currency), "open": money(news.open_minor, news.order.currency)}
    return Said(
        _("we have your payment"),
        _("Thank you, we have your payment"),
        _("%(amount)s has arrived.") % values,
        rest % amounts if rest else _("Your order is paid."),
        sections=(order.rest(),),
        sums=((_("Paid"), values["amount"]),),
    )


def with_order(order: OrderWords) -> tuple[str, ...]:
    """How an order that was just placed is paid; nothing where that is not for us to see to."""
    news = order.news
    if news.order.pays_by == PayBy.AT_SHOP:
        return (_("You pay at our shop."),)
    if not news.order.pays_by:
        return ()
    if not news.due_minor:
        return (_("Nothing is to be paid yet: we write to you once it is here."),)
    amount = {"amount": order.words.money(news.due_minor, news.order.currency)}
    return (_("To be paid now: %(amount)s. It leaves once that is here.") % amount, *how(order))


def how(order: OrderWords) -> tuple[str, ...]:
    """How it is paid."""
    if order.news.order.pays_by == PayBy.CARD:
        return (
            (_("You pay by card on our page, if you have not done so yet: the link is below."),) if order.link else ()
        )
    return (_("Please transfer it to our account, with the number of your order as the reference."),)


def details(order: OrderWords) -> tuple[tuple[str, str], ...]:
    """Our account and the reference, for whoever transfers."""
    news = order.news
    if news.order.pays_by != PayBy.TRANSFER or not news.shop.bank_details:
        return ()
    account = ", ".join(clean_lines(news.shop.bank_details))
    return ((_("Our account"), account), (pgettext("of a transfer", "Reference"), clean(news.order.number)))


def _here(order: OrderWords) -> tuple[Section, ...]:
    """What is set aside, and what is still to come."""
    spoken = [(change.line, change.units) for change in order.news.changes]
    return order.happened(_("Set aside for you")), order.rest(but=spoken, but_here=True)


def _by_when(order: OrderWords) -> str:
    day: date | None = order.news.pay_by
    return _("We keep it for you until %(day)s.") % {"day": order.words.day(day)} if day else ""


def _values(order: OrderWords) -> dict[str, str]:
    return {"amount": order.words.money(order.news.amount_minor, order.news.order.currency)}
