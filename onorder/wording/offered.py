"""What customers are told of something before they buy it: whether they can have it, when and why then, on what terms.

No word of it is the shop's own: no SKU, no queue, no supplier. Whoever has a right by law is told of that right and not
of the shop's terms (docs/consumer-law.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.queries.availability import Availability
from onorder.rules.jurisdictions import Exemption, Jurisdiction
from onorder.rules.lifecycle import Accept
from onorder.rules.money import format_minor, share_minor
from onorder.rules.promising import Promise, Step
from onorder.rules.second_thoughts import Cancelling
from onorder.rules.terms import Effective
from onorder.wording.dates import day_words, locale, span_words


class From(StrEnum):
    """Where one more unit comes from."""

    SHELF = "shelf"
    ON_ITS_WAY = "on_its_way"  # Ordered from its maker already.
    MADE = "made"  # Ordered for whoever buys it.
    NOWHERE = "nowhere"  # It cannot be had.


@dataclass(frozen=True, slots=True)
class Offered:
    """What a customer reads of one thing that is sold.

    `words`: whether it can be had, and when. `when`: the days of its arrival alone, as on the button; empty if it
    cannot be had. `reason`: why then, or why not, in one line.
    """

    source: From
    words: str
    when: str
    reason: str


def offered(of: Availability, terms: Effective, today: date) -> Offered:
    """Whether it can be had, when, and why."""
    if of.promise is None or of.arrives_from is None or of.arrives_by is None:
        return Offered(From.NOWHERE, _("Cannot be ordered at the moment"), "", _why_not(of, terms))
    days = {"days": span_words(of.arrives_from, of.arrives_by, today)}
    source = _source(of.promise)
    words = {
        From.SHELF: _("In stock, arrives %(days)s"),
        From.ON_ITS_WAY: _("On its way to us, arrives %(days)s"),
        From.MADE: _("Made for you, arrives %(days)s"),
    }[source]
    return Offered(source, words % days, _("arrives %(days)s") % days, _why(of.promise, today))


def paying(price_minor: int, currency: str, terms: Effective, *, is_here: bool) -> str:
    """What is paid when, in a sentence."""
    deposit = share_minor(price_minor, terms.deposit_basis_points)
    if is_here or deposit >= price_minor:
        return _("You pay %(price)s when you order.") % {"price": _money(price_minor, currency)}
    rest = {"deposit": _money(deposit, currency), "rest": _money(price_minor - deposit, currency)}
    if not deposit:
        return _("You pay nothing now, and %(rest)s once it is ready to leave.") % rest
    return _("You pay %(deposit)s now, and the other %(rest)s once it is ready to leave.") % rest


def cancelling(terms: Effective, law: Jurisdiction, exemption: Exemption | None, *, is_here: bool) -> str:
    """Until when, and at what price, a customer may think better of it; in one or two sentences."""
    right = law.withdrawal
    if right and exemption not in right.exemptions:
        return _(
            "You can change your mind without giving a reason, from the moment you order until %(days)s days after the"
            " last parcel arrived. You get back everything you paid."
        ) % {"days": right.days}
    said = _by_terms_from_the_shelf(terms) if is_here else _by_terms(terms)
    if terms.cancelling == Cancelling.FREE:
        return said
    return said + " " + _("If it comes later than we said, you can always cancel and get everything back.")


def returning(terms: Effective, law: Jurisdiction, exemption: Exemption | None) -> str:
    """What may be sent back once it has arrived, in a sentence."""
    right = law.withdrawal
    if right and exemption not in right.exemptions:
        return _("Once it has arrived you have %(days)s days to decide, and %(back)s more to send it back.") % {
            "days": right.days,
            "back": right.send_back_days,
        }
    if right and exemption:
        return _exempt(exemption)
    if terms.returns == "accepted":
        return _("You can send it back if you do not like it.")
    if terms.returns == "faulty_only":
        return _("You can send it back if something is wrong with it.")
    return _("Returns: %(words)s.") % {"words": terms.returns.replace("_", " ")}


def _source(promise: Promise) -> From:
    first = promise.steps[0].what
    if first == "shelf":
        return From.SHELF
    return From.ON_ITS_WAY if first in ("sent", "confirmed", "overdue") else From.MADE


def _why(promise: Promise, today: date) -> str:
    """Why that day, from the steps of the promise: the one that somebody outside would want to know."""
    steps: dict[str, Step] = {step.what: step for step in promise.steps}
    first = promise.steps[0]
    lead = steps.get("lead_time")
    day = {"day": day_words(first.on, today), "n": lead.days if lead else 0}
    match first.what:
        case "shelf":
            leaves = {"day": day_words(promise.on, today)}
            return _("It is here, and leaves us on %(day)s at the latest.") % leaves
        case "confirmed":
            return _("It is ordered, and its maker has told us the day.")
        case "sent" if lead:
            said = ngettext(
                "It was ordered on %(day)s, and its maker needs up to %(n)s working day.",
                "It was ordered on %(day)s, and its maker needs up to %(n)s working days.",
                lead.days,
            )
            return said % day
        case "sent" | "overdue":
            return _("It is ordered, and takes longer than usual.")
        case _:
            said = ngettext(
                "We order it on %(day)s at the latest, and its maker needs up to %(n)s working day.",
                "We order it on %(day)s at the latest, and its maker needs up to %(n)s working days.",
                lead.days if lead else 0,
            )
            return said % day


def _why_not(of: Availability, terms: Effective) -> str:
    if "day" in of.why_not.data:  # The day that its terms find too far away.
        return _("It would take longer than we want to keep you waiting.")
    if terms.accept == Accept.CAPPED and of.sellable == 0:
        return _("So many people wait for it that we take no more orders for now.")
    if terms.accept == Accept.NEVER:
        return _("It is sold out.")
    return _("It is sold out, and we do not know yet when more will come.")


def _by_terms(terms: Effective) -> str:
    """For what is not here yet: until its maker has the order, everything but a final sale is free."""
    match terms.cancelling:
        case Cancelling.FREE:
            return _("You can cancel free of charge until it leaves us.")
        case Cancelling.UNTIL_BOUGHT:
            return _("You can cancel free of charge until we have ordered it from its maker, and no more after that.")
        case Cancelling.FEE_AFTER:
            return _(
                "You can cancel free of charge until we have ordered it from its maker; after that we keep %(share)s."
            ) % {"share": _share(terms.cancel_fee_basis_points)}
        case Cancelling.EXCHANGE_ONLY:
            return _(
                "You can cancel free of charge until we have ordered it from its maker; after that you can exchange it."
            )
        case Cancelling.FINAL_SALE:
            return _("This is a final sale: once ordered, it cannot be cancelled.")


def _by_terms_from_the_shelf(terms: Effective) -> str:
    """For what is here: it counts as bought from the moment it is set aside."""
    match terms.cancelling:
        case Cancelling.FREE:
            return _("You can cancel free of charge until it leaves us.")
        case Cancelling.FEE_AFTER:
            return _("If you cancel before it leaves us, we keep %(share)s.") % {
                "share": _share(terms.cancel_fee_basis_points)
            }
        case Cancelling.EXCHANGE_ONLY:
            return _("You can exchange it for something else, but not cancel.")
        case Cancelling.UNTIL_BOUGHT | Cancelling.FINAL_SALE:
            return _("We set it aside for you at once, so the order cannot be cancelled.")


def _exempt(exemption: Exemption) -> str:
    """Why it stays with whoever bought it, in the words of what it is."""
    match exemption:
        case Exemption.MADE_TO_ORDER:
            return _("It is made to your specification, so it can be sent back only if something is wrong with it.")
        case Exemption.PERISHABLE:
            return _("It does not keep, so it can be sent back only if something is wrong with it.")
        case Exemption.UNSEALED_HYGIENE:
            return _("For hygiene, it can be sent back only while its seal is unbroken.")
        case Exemption.MIXED:
            return _("It is mixed with other things after delivery, so it can be sent back only if it is faulty.")
        case Exemption.FLUCTUATING_ALCOHOL:
            return _("Its price follows a market, so it can be sent back only if something is wrong with it.")
        case Exemption.UNSEALED_RECORDING:
            return _("It can be sent back only while its seal is unbroken.")
        case Exemption.PERIODICAL:
            return _("A newspaper or magazine can be sent back only if something is wrong with it.")


def _share(basis_points: int) -> str:
    return _("%(share)s %% of its price") % {"share": f"{basis_points / 100:g}"}


def _money(minor: int, currency: str) -> str:
    return format_minor(minor, currency, str(locale()))
