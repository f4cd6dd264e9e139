"""What a report of a mail server, or of whoever carries text messages, says about a message that it could not deliver,
and about the address or number."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """What became of a message by such a report."""

    ARRIVED = "arrived"  # Or it says nothing that anybody has to act on.
    DELAYED = "delayed"  # The server goes on trying.
    BOUNCED = "bounced"  # It did not arrive; another one may.
    DEAD = "dead"  # It did not arrive, and nothing else will: the address, or number, does not work.


#: Permanent failures (of class 5) that are not the address's: a full mailbox, a mail too large, what it says, who sends
#: it, or how. By subject, and by subject and detail.
_NOT_THE_ADDRESS: Final = frozenset({"3", "5", "6", "7", "1.7", "1.8", "2.2", "2.3", "2.4", "4.5", "4.6"})
#: What says of a number that no text from us will ever arrive there: it is none, or a landline's (21211, 21614, 21635,
#: 30006), nobody has it (30005), its owner answered STOP (21610), or its network lets nothing of ours through (30004).
#: From a phone that was off or out of reach (30003), a filter (30007) or an unknown reason (30008) nothing follows for
#: the next text.
_NOT_A_NUMBER_FOR_US: Final = frozenset({"21211", "21610", "21614", "21635", "30004", "30005", "30006"})
_STATUS: Final = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")


def verdict(action: str, status: str) -> Verdict:
    """What a report means, from its fields `Action` and `Status`.

    What failed after having been tried for days (a status of class 4) did not arrive either, though the address may
    work tomorrow.

    Source: RFC 3464, 2.3.3 and 2.3.4; RFC 3463, 3.

    >>> verdict("failed", "5.1.1"), verdict("failed", "5.2.2"), verdict("failed", "4.4.7"), verdict("delayed", "4.4.1")
    (<Verdict.DEAD: 'dead'>, <Verdict.BOUNCED: 'bounced'>, <Verdict.BOUNCED: 'bounced'>, <Verdict.DELAYED: 'delayed'>)
    """
    did = action.strip().casefold()
    if did == "delayed":
        return Verdict.DELAYED
    found = _STATUS.match(status)
    if did != "failed" or not found or found[1] == "2":
        return Verdict.ARRIVED
    if found[1] == "4":
        return Verdict.BOUNCED
    is_other = found[2] in _NOT_THE_ADDRESS or f"{found[2]}.{found[3]}" in _NOT_THE_ADDRESS
    return Verdict.BOUNCED if is_other else Verdict.DEAD


def text_verdict(status: str, code: str) -> Verdict:
    """What a report on a text message means, from the status that its provider reports and the code of its error.

    Source: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values and, of each code,
    https://www.twilio.com/docs/api/errors/30005.

    >>> text_verdict("undelivered", "30005"), text_verdict("undelivered", "30003"), text_verdict("delivered", "")
    (<Verdict.DEAD: 'dead'>, <Verdict.BOUNCED: 'bounced'>, <Verdict.ARRIVED: 'arrived'>)
    """
    if status not in ("failed", "undelivered"):
        return Verdict.ARRIVED
    return Verdict.DEAD if code in _NOT_A_NUMBER_FOR_US else Verdict.BOUNCED
