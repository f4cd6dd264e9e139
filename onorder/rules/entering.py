"""Who may enter, of whom a second factor is asked, and how long somebody who guesses has to wait."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is in the shop. It is the name of the group that they belong to."""

    OWNER = "owner"
    BUYER = "buyer"
    WAREHOUSE = "warehouse"
    SUPPORT = "support"
    READER = "reader"


class CodeAskedOf(StrEnum):
    """Who has to log in with a code beside the password. Who need not, may."""

    NOBODY = "nobody"
    OWNERS = "owners"
    EVERYBODY = "everybody"


class Lane(StrEnum):
    """What guesses are counted by.

    `account`: a name, whoever asks. `browser`: a browser that this account logged in with before, which therefore never
    waits for what strangers did. `address`: where requests come from. `reset`: an e-mail address that links are asked
    for. `ordering`: where orders come from. `order`: the number of an order that somebody looks for; `visitor`: where
    those who look for one come from. `customer`: an e-mail address whose orders somebody wants to see. `acting`: where
    those come from who change something of an order by its link.
    """

    ACCOUNT = "account"
    BROWSER = "browser"
    ADDRESS = "address"
    RESET = "reset"
    ORDERING = "ordering"
    ORDER = "order"
    VISITOR = "visitor"
    CUSTOMER = "customer"
    ACTING = "acting"


#: What those are counted by who log in; their pauses can be lifted.
LOGINS: Final = frozenset({Lane.ACCOUNT, Lane.BROWSER, Lane.ADDRESS})

#: Failures in a row that cost nothing: people mistype, and an office shares one address; a mobile network's many
#: customers do, too, so that orders from there are slowed down, and never for long.
FREE: Final = {
    Lane.ACCOUNT: 5,
    Lane.BROWSER: 10,
    Lane.ADDRESS: 30,
    Lane.RESET: 2,
    Lane.ORDERING: 60,
    Lane.ORDER: 4,
    Lane.VISITOR: 20,
    Lane.CUSTOMER: 4,
    Lane.ACTING: 120,
}
LONGEST_PAUSE: Final = timedelta(hours=1)
_LONGEST: Final = {Lane.ORDERING: timedelta(minutes=2), Lane.ACTING: timedelta(minutes=2)}
#: After so long without a failure, counting starts again.
FORGOTTEN_AFTER: Final = timedelta(hours=24)
_FORGOTTEN: Final = {Lane.ORDERING: timedelta(minutes=15), Lane.ACTING: timedelta(minutes=15)}


def must_have_code(asked_of: CodeAskedOf, *, is_owner: bool) -> bool:
    """Whether somebody may not work before they have a second factor."""
    return asked_of == CodeAskedOf.EVERYBODY or (asked_of == CodeAskedOf.OWNERS and is_owner)


def pause(failures: int, lane: Lane) -> timedelta:
    """How long to wait after so many failures in a row: nothing at first, then 1, 2, 4 ... minutes, at most an hour.

    >>> [str(pause(failures, Lane.ACCOUNT)) for failures in (4, 5, 6, 8, 99)]
    ['0:00:00', '0:01:00', '0:02:00', '0:08:00', '1:00:00']
    """
    beyond = failures - FREE[lane]
    longest = _LONGEST.get(lane, LONGEST_PAUSE)
    return min(timedelta(minutes=2 ** min(beyond, 16)), longest) if beyond >= 0 else timedelta(0)


def forgotten_after(lane: Lane) -> timedelta:
    """After how long without an attempt they count from the beginning again."""
    return _FORGOTTEN.get(lane, FORGOTTEN_AFTER)
