"""Why a line ships on its day, from the steps of its promise."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.rules.promising import Promise, Step
from onorder.wording.dates import day_words


def explain(promise: Promise, today: date) -> str:
    """Why that day, in one sentence; days are seen from `today`.

    >>> from onorder.rules.calendars import MONDAY_TO_FRIDAY as week
    >>> from onorder.rules.promising import Handling, from_shelf
    >>> explain(from_shelf(date(2026, 3, 6), Handling(week, 1, week, 1, week, 0)), date(2026, 3, 6))
    'on the shelf + 1 day to pack'
    """
    steps = " + ".join(words for step in promise.steps if (words := _words(step, promise.share, today)))
    return steps if promise.confident else _("%(steps)s, from little experience so far") % {"steps": steps}


def for_customer(promise: Promise) -> str:
    """Why it takes so long, as whoever waits for it reads it: of the maker, never of a supplier or a queue.

    >>> from onorder.rules.promising import Step
    >>> steps = (Step("sent", date(2026, 3, 6), 0), Step("lead_time", date(2026, 3, 18), 8))
    >>> for_customer(Promise(date(2026, 3, 20), steps, True))
    'Made for you; it is ordered from the maker.'
    """
    steps = {step.what for step in promise.steps}
    if "overdue" in steps:
        return _("Made for you; it takes the maker longer than usual this time.")
    if "confirmed" in steps:
        return _("Made for you; the maker has confirmed the day.")
    if "sent" in steps:
        return _("Made for you; it is ordered from the maker.")
    return _("Made for you; we order it from the maker next.")


def _words(step: Step, share: float, today: date) -> str:
    """A step in words; empty for one that takes no time and says nothing."""
    if step.days == 0 and step.what in ("put_away", "packed", "carried"):
        return ""
    return _template(step) % {"day": day_words(step.on, today), "n": step.days, "share": share_words(share)}


def _template(step: Step) -> str:
    days = step.days
    match step.what:
        case "order_day":
            return _("supplier's order day %(day)s")
        case "maximum_wait":
            return _("end of the longest wait in the buffer %(day)s")
        case "filled":
            return _("its minimum is probably reached by %(day)s")
        case "usual_time":
            return _("the supplier's usual time from then on")
        case "sent":
            return _("sent to the supplier %(day)s")
        case "confirmed" if not days:
            return _("confirmed by the supplier for %(day)s")
        case "shelf":
            return _("on the shelf")
        case _:
            return _lasting(step)


def _lasting(step: Step) -> str:
    days = step.days
    match step.what:
        case "lead_time":
            return ngettext(
                "%(n)s working day (%(share)s deliveries are this fast)",
                "%(n)s working days (%(share)s deliveries are this fast)",
                days,
            )
        case "overdue":
            return ngettext(
                "overdue, %(n)s working day more (%(share)s orders this late come by then)",
                "overdue, %(n)s working days more (%(share)s orders this late come by then)",
                days,
            )
        case "confirmed":
            return ngettext(
                "confirmed by the supplier, with %(n)s day in case it slips, %(day)s",
                "confirmed by the supplier, with %(n)s days in case it slips, %(day)s",
                days,
            )
        case "put_away":
            return ngettext("%(n)s day to put away", "%(n)s days to put away", days)
        case "packed":
            return ngettext("%(n)s day to pack", "%(n)s days to pack", days)
        case "carried":
            return ngettext("%(n)s day with the carrier", "%(n)s days with the carrier", days)
    raise ValueError(f"nothing is said of a step {step.what!r}")


def share_words(share: float) -> str:
    """9 of 10, or 95 of 100."""
    tenths = round(share * 10, 6)
    few, of = (f"{tenths:.0f}", "10") if tenths.is_integer() else (f"{share * 100:.0f}", "100")
    return _("%(few)s of %(all)s") % {"few": few, "all": of}
