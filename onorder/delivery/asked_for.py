"""What customers get because they asked for it on our pages: the link to an order, or to all of theirs."""

from __future__ import annotations

from django.utils.translation import gettext as _

from onorder.delivery.order_words import OrderWords, Said


def link(order: OrderWords) -> Said:
    """The link to one order."""
    return Said(
        _("the link to it"),
        _("Here is the link to your order"),
        _("Somebody, we hope you, looked for it on our pages."),
        order.follows() if order.open_units else "",
        (_("Whoever has this e-mail can see the order and change it, so keep it to yourself."),),
        (order.rest(),),
        after=(_("If it was not you, there is nothing to do: nobody but you got the link."),),
    )


def account(order: OrderWords) -> Said:
    """The link to all of them."""
    return Said(
        _("the link to it and to all of your orders"),
        _("Here is the link to all of your orders"),
        _("Somebody, we hope you, asked for it on our pages."),
        paragraphs=(
            _("It opens once, within half an hour. If that has gone by, ask for a new one in the same place."),
            _("Whoever has this e-mail can open it before you, so keep it to yourself."),
        ),
        after=(_("If it was not you, there is nothing to do: nobody but you got the link."),),
    )
