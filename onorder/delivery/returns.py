"""What customers are told of what they send back: where it goes, that it is here, and what became of it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from onorder.delivery.letters import clean, clean_lines
from onorder.delivery.order_words import OrderWords, Said


def requested(order: OrderWords) -> Said:
    """What to do next: the number on the parcel, and where it goes."""
    values = {"what": order.what, "back": clean(order.news.back)}
    address = ", ".join([clean(order.news.shop.name), *clean_lines(order.news.order.sent_from)])
    then = (
        _("Once it is here and we have looked at it, we send you the same again.")
        if order.news.wants_again
        else _("Once it is here and we have looked at it, your money for it goes back the way you paid.")
    )
    return Said(
        _("send it back with number %(back)s") % values,
        _("Send %(what)s back to us") % values,
        _("Write %(back)s on the parcel, where one can see it: by that we know it is yours.") % values,
        then,
        sections=(order.happened(_("In the parcel")),),
        facts=((_("Return number"), values["back"]), (_("Send it to"), address)),
        after=(
            *((_("The label has the number and the address on it."),) if order.link else ()),
            _("Keep what the carrier gives you until you have heard from us."),
        ),
    )


def received(order: OrderWords) -> Said:
    """It is here, and nobody has looked at it."""
    values = {"what": order.what, "back": clean(order.news.back)}
    return Said(
        _("your return has arrived"),
        _("Your return has arrived"),
        _("We have %(what)s back, with return %(back)s. Thank you for sending it.") % values,
        _("We look at it next, and write again when we have."),
        sections=(order.happened(_("Came back")),),
        after=(_("There is nothing you need to do."),),
    )


def taken(order: OrderWords) -> Said:
    """It was taken back, and no other message of that moment says so."""
    what = {"what": order.what}
    return Said(
        _("we have taken your return back"),
        _("We have taken your return back"),
        _("We have %(what)s back. Thank you for sending it.") % what,
        order.follows() if order.open_units else "",
        (_("If money is due to you, you get an e-mail when it is on its way."),),
        (order.happened(_("Came back")), order.rest()),
    )


def refused(order: OrderWords) -> Said:
    """It is not taken, and why."""
    what = {"what": order.what}
    return Said(
        _("we cannot take it back"),
        _("We cannot take %(what)s back") % what,
        _("We are sorry: we cannot take %(what)s back.") % what,
        paragraphs=(clean(order.news.why),) if order.news.why else (),
        sections=(order.happened(_("Not taken back")),),
        after=(_("If you see it otherwise, reply to this e-mail."),),
    )
