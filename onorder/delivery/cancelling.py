"""What customers are told of what is cancelled: because somebody asked for it, because it was late, or not paid."""

from __future__ import annotations

from django.utils.translation import gettext as _

from onorder.delivery.order_words import OrderWords, Said


def cancelled(order: OrderWords) -> Said:
    """Somebody cancelled it, they or we."""
    what = {"what": order.what}
    subject, headline = _("cancelled"), _("Your order is cancelled")
    if _is_left(order):
        subject = headline = _("%(what)s cancelled") % what
    after = _("If that is not what you wanted, tell us.")
    return _said(order, subject, headline, _("We have cancelled %(what)s.") % what, after)


def lapsed(order: OrderWords) -> Said:
    """It was cancelled because it was late, and nobody said that they would wait."""
    what = {"what": order.what}
    return _said(
        order,
        _("%(what)s cancelled, it was late") % what,
        _("We have cancelled what was late"),
        _("We did not hear that you would wait any longer, so we have cancelled %(what)s, as we said we would.") % what,
        _("If you still want it, reply to this e-mail, and we see what can be done."),
    )


def unpaid(order: OrderWords) -> Said:
    """It was cancelled because nobody paid for it."""
    what = {"what": order.what}
    return _said(
        order,
        _("%(what)s cancelled, it was not paid") % what,
        _("We have cancelled what was not paid"),
        _("We have not seen a payment, so we have cancelled %(what)s, as we said we would.") % what,
        _("If you have paid, or still want it, reply to this e-mail, and we see what can be done."),
    )


def _said(order: OrderWords, subject: str, headline: str, opening: str, after: str) -> Said:
    """What is cancelled and why, what is left of the order, and what becomes of the money."""
    return Said(
        subject,
        headline,
        opening,
        order.follows() if _is_left(order) else "",
        _money_back(order),
        (order.happened(_("Cancelled")), order.rest()),
        after=(after,),
    )


def _is_left(order: OrderWords) -> bool:
    """Whether something of the order has shipped or will."""
    return bool(order.open_units) or any(item.shipped for item in order.news.items)


def _money_back(order: OrderWords) -> tuple[str, ...]:
    """What becomes of the money for what is cancelled: it is on its way, or will be."""
    head, back = order.news.order, order.news.refunded_minor
    kept = order.news.kept_minor
    fee = _("%(amount)s of what you paid stays with us, as agreed when you ordered.")
    stays = (fee % {"amount": order.words.money(kept, head.currency)},) if kept else ()
    if back:
        said = _("We pay back %(amount)s, the way you paid. Your bank may take a few days to show it.")
        return (said % {"amount": order.words.money(back, head.currency)}, *stays)
    if stays:
        return stays
    paid = _("What you have paid for it we pay back; you get an e-mail when it is on its way.")
    return (paid,) if head.is_paid else ()
