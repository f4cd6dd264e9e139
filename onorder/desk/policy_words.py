"""A buffer policy as a sentence."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onorder.actions.suppliers import Policy
from onorder.desk.tags import money, number
from onorder.rules.lifecycle import BelowMinimum

#: Short answers below the minimum, as they stand in the sentence.
_BELOW = {
    BelowMinimum.ORDER_ANYWAY: lambda: _("below the minimum it orders anyway"),
    BelowMinimum.TOP_UP: lambda: _("below the minimum it buys more until it is met"),
    BelowMinimum.ROLL: lambda: _("below the minimum it waits for the next order day"),
    BelowMinimum.ASK: lambda: _("below the minimum somebody is asked"),
}


def sentence(policy: Policy, currency: str, *, costs: bool = True) -> str:
    """The policy as one says it: "Orders on Fridays at 17:00, or when 40 units wait; below the minimum it orders
    anyway; nothing waits longer than 14 days."

    Args:
        costs: whether what things cost the shop may be named.
    """
    parts = [_when(policy, currency, costs=costs)]
    if policy.order_weekdays and (policy.minimum_units or policy.minimum_value_minor):
        parts.append(_BELOW[BelowMinimum(policy.below_minimum)]())
    if policy.maximum_wait_days is not None:
        days = policy.maximum_wait_days
        longest = ngettext("nothing waits longer than %(n)s day", "nothing waits longer than %(n)s days", days)
        parts.append(longest % {"n": number(days)})
    if not policy.sends_itself:
        parts.append(_("somebody approves every order"))
    elif policy.approve_above_minor is not None and costs:
        parts.append(
            _("somebody approves orders above %(value)s") % {"value": money(policy.approve_above_minor, currency)}
        )
    said = "; ".join(parts)
    return f"{said[:1].upper()}{said[1:]}."


def _when(policy: Policy, currency: str, *, costs: bool) -> str:
    minimum = _minimum(policy, currency, costs=costs)
    if policy.order_weekdays:
        when = {"days": _days(policy.order_weekdays), "time": f"{policy.cutoff:%H:%M}"}
        said = _("orders %(days)s at %(time)s") % when
        if policy.every_weeks == 2:
            said = _("orders every second week %(days)s at %(time)s") % when
        elif policy.every_weeks > 2:
            said = _("orders every %(n)s weeks %(days)s at %(time)s") % (when | {"n": policy.every_weeks})
        return _("%(said)s, or when %(minimum)s") % {"said": said, "minimum": minimum} if minimum else said
    return _("orders when %(minimum)s") % {"minimum": minimum} if minimum else _("orders when the longest wait is over")


def _minimum(policy: Policy, currency: str, *, costs: bool) -> str:
    units = ngettext("%(n)s unit waits", "%(n)s units wait", policy.minimum_units) % {"n": number(policy.minimum_units)}
    value = _("what waits costs %(value)s") % {"value": money(policy.minimum_value_minor, currency)}
    if not costs:
        value = _("enough is worth ordering")
    parts = [units] if policy.minimum_units else []
    parts += [value] if policy.minimum_value_minor else []
    return _(" and ").join(parts)


def _days(weekdays: str) -> str:
    if weekdays == "01234":
        return _("on working days")
    if weekdays == "0123456":
        return _("every day")
    names = [
        *(_("Mondays"), _("Tuesdays"), _("Wednesdays"), _("Thursdays"), _("Fridays"), _("Saturdays"), _("Sundays"))
    ]
    *first, last = [names[int(day)] for day in weekdays]
    if not first:
        return _("on %(day)s") % {"day": last}
    return _("on %(first)s and %(last)s") % {"first": ", ".join(first), "last": last}
