"""What the desk calls roles, and what was done to an account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext, gettext_noop

from onorder.desk.rights import RIGHTS, Right, Role

ROLES: Mapping[Role, str] = MappingProxyType(
    {
        Role.OWNER: gettext_noop("Owner"),
        Role.BUYER: gettext_noop("Buyer"),
        Role.WAREHOUSE: gettext_noop("Warehouse"),
        Role.SUPPORT: gettext_noop("Support"),
        Role.READER: gettext_noop("Reader"),
    }
)

#: What each right lets somebody do, as it goes on after "May". In the order in which it is said.
MAY: Mapping[Right, str] = MappingProxyType(
    {
        Right.BUY: gettext_noop("raise, approve and send purchase orders"),
        Right.RECEIVE: gettext_noop("receive goods"),
        Right.SHIP: gettext_noop("ship parcels"),
        Right.COUNT: gettext_noop("count and write off stock"),
        Right.SELL: gettext_noop("change and cancel customers' orders, take goods back"),
        Right.REFUND: gettext_noop("refund"),
        Right.SET_UP: gettext_noop("set up the catalogue, suppliers and terms"),
        Right.SEE_COSTS: gettext_noop("see what things cost the shop"),
        Right.PEOPLE: gettext_noop("decide who works here and how the shop runs"),
    }
)

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "person_invited": gettext_noop("was invited"),
        "password_link": gettext_noop("was given a link to set a password"),
        "password_set": gettext_noop("set a password"),
        "roles_changed": gettext_noop("got other roles"),
        "person_deactivated": gettext_noop("was deactivated"),
        "person_reactivated": gettext_noop("was let in again"),
        "account_changed": gettext_noop("changed the account"),
        "logged_in": gettext_noop("logged in"),
        "codes_turned_on": gettext_noop("turned two-factor on"),
        "codes_turned_off": gettext_noop("has two-factor off"),
        "recovery_codes_renewed": gettext_noop("made new recovery codes"),
        "sessions_ended": gettext_noop("was logged out elsewhere"),
        "lockout_lifted": gettext_noop("may try to log in again"),
    }
)
_HOW = MappingProxyType(
    {
        "password": gettext_noop("with the password"),
        "code": gettext_noop("with password and code"),
        "recovery code": gettext_noop("with a recovery code"),
    }
)


def role_word(role: str) -> str:
    return gettext(ROLES[Role(role)])


def role_words(roles: Iterable[str]) -> str:
    return ", ".join(role_word(role) for role in roles)


def may_words(role: Role) -> str:
    """What a role may do, in a sentence made of its rights; so it can never say anything else.

    >>> may_words(Role.WAREHOUSE)
    'May receive goods, ship parcels, count and write off stock.'
    """
    if RIGHTS[role] == frozenset(Right):
        return gettext("May do everything, and decide who works here.")
    said = ", ".join(gettext(words) for right, words in MAY.items() if right in RIGHTS[role])
    if RIGHTS[role] == {Right.SEE_COSTS}:
        return gettext("May see everything, costs included, and change nothing.")
    return gettext("May %(what)s.") % {"what": said}


def event_words(kind: str, data: Mapping[str, Any]) -> str:
    """What was done to an account."""
    said = gettext(EVENTS.get(kind, kind.replace("_", " ")))
    if kind == "logged_in":
        return f"{said} {gettext(_HOW.get(data.get('with', ''), ''))}".strip()
    if kind == "roles_changed":
        return f"{said}: {role_words(data.get('after', ()))}"
    if kind == "person_invited":
        return f"{said}: {role_words(data.get('roles', ()))}"
    return said
