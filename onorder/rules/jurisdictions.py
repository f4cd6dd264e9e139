"""What the law, or else the shop, says of delays and second thoughts: a row each, so that a new country is data.

Sources: for the United States the Mail, Internet, or Telephone Order Merchandise Rule (16 CFR part 435); for the
European Union the Consumer Rights Directive (2011/83/EU) and, for counting days, Regulation 1182/71; for the United
Kingdom the Consumer Contracts Regulations 2013 (SI 2013/3134) and the Consumer Rights Act 2015. Where they leave
something open, the row says what we do, on the customer's side. None of it is legal advice (docs/consumer-law.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Silence(StrEnum):
    """What it means when a customer does not answer a notice of delay.

    `stands`: nothing is settled by it. The order goes on, and the customer's rights stay what they were.
    """

    CONSENT = "consent"
    CANCELLATION = "cancellation"
    STANDS = "stands"


class Exemption(StrEnum):
    """Why goods cannot be sent back for a mere change of mind."""

    MADE_TO_ORDER = "made_to_order"
    PERISHABLE = "perishable"
    UNSEALED_HYGIENE = "unsealed_hygiene"
    MIXED = "mixed"
    FLUCTUATING_ALCOHOL = "fluctuating_alcohol"
    UNSEALED_RECORDING = "unsealed_recording"
    PERIODICAL = "periodical"


class RefundFrom(StrEnum):
    """From when the days of a refund count after a withdrawal: the day we were told, or the day goods are on their way.

    With `told`, the refund may be withheld until the goods are back or shown to have been sent.
    """

    TOLD = "told"
    GOODS = "goods"


@dataclass(frozen=True, slots=True)
class RightToWithdraw:
    """The right to change one's mind about something bought at a distance, without a reason.

    Args:
        days: from the day on which the last piece of the order is delivered; that day does not count.
        to_working_day: a period that ends on a day off lasts until the next working day.
        uninformed_months: how much longer it lasts if the customer was never told of it.
        send_back_days: within which the goods go back, from the day the customer told us.
        refund_from: from when the refund's days count.
        exemptions: goods it does not hold for.
    """

    days: int
    to_working_day: bool
    uninformed_months: int
    send_back_days: int
    refund_from: RefundFrom
    exemptions: frozenset[Exemption]


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """How long a customer waits before the shop must ask, what silence means then, and when money goes back.

    Args:
        default_days: where no day was stated, it is so many days after the order.
        short_delay_days: a first delay to a definite day, at most so many days after the first one, is short.
        short_silence: what silence to a short first delay means.
        other_silence: what it means to one that is longer, or without a day, and to any later one.
        answer_days: silence to a first delay that is longer, or without a day, counts so many days after the first day.
        renewed_answer_days: silence to a later delay counts so many days after the day agreed last.
        lapses: a day that passes without a notice cancels the order.
        additional_days: so many days after the day agreed the customer may end it all the same; None is no such right.
        refund_days: within which the money goes back.
        refund_in_working_days: these are working days.
        withdrawal: the right to change one's mind; None where there is none.
    """

    code: str
    default_days: int
    short_delay_days: int
    short_silence: Silence
    other_silence: Silence
    answer_days: int
    renewed_answer_days: int
    lapses: bool
    additional_days: int | None
    refund_days: int
    refund_in_working_days: bool
    withdrawal: RightToWithdraw | None


#: Of a delivery that is late the customer may expect so many days more: "appropriate to the circumstances". Ours.
ADDITIONAL_DAYS: Final = 14

UNITED_STATES: Final = Jurisdiction(
    code="US",
    default_days=30,  # 435.2(a)(1)(ii)
    short_delay_days=30,  # 435.2(b)(1)(ii)
    short_silence=Silence.CONSENT,  # 435.2(b)(1)(ii)
    other_silence=Silence.CANCELLATION,  # 435.2(b)(1)(iii) and (b)(2)(ii)
    answer_days=30,  # 435.2(b)(1)(iii)
    renewed_answer_days=0,  # 435.2(b)(2)(ii): until the day that was agreed is over
    lapses=True,  # 435.2(c)(3) and (c)(5)
    additional_days=None,
    refund_days=7,  # 435.1(b)(1). A seller who gives credit itself has a billing cycle, (b)(2); ours is 7 days for all.
    refund_in_working_days=True,
    withdrawal=None,  # Federal law has none for orders at a distance; a state's may.
)

EUROPEAN_UNION: Final = Jurisdiction(
    code="EU",
    default_days=30,  # art. 18(1)
    short_delay_days=ADDITIONAL_DAYS,
    short_silence=Silence.STANDS,  # art. 25: nobody gives up rights by saying nothing
    other_silence=Silence.CANCELLATION,  # Ours, and the shop's terms should say it; "stands" keeps the order open.
    answer_days=ADDITIONAL_DAYS,  # Ours: our notice stands in for the customer's call of art. 18(2).
    renewed_answer_days=ADDITIONAL_DAYS,
    lapses=False,
    additional_days=ADDITIONAL_DAYS,  # art. 18(2)
    refund_days=14,  # art. 13(1); art. 18(3) says "without undue delay", and we take 14 days as its outer end
    refund_in_working_days=False,
    withdrawal=RightToWithdraw(
        days=14,  # art. 9
        to_working_day=True,  # Regulation 1182/71, art. 3(4)
        uninformed_months=12,  # art. 10(1)
        send_back_days=14,  # art. 14(1)
        refund_from=RefundFrom.TOLD,  # art. 13(1) and (3)
        exemptions=frozenset(Exemption),  # art. 16(c) to (g), (i), (j)
    ),
)

UNITED_KINGDOM: Final = Jurisdiction(
    code="UK",
    default_days=30,  # Act, s. 28(3)(b)
    short_delay_days=ADDITIONAL_DAYS,
    short_silence=Silence.STANDS,  # Act, s. 31
    other_silence=Silence.CANCELLATION,  # Ours, as in the Union.
    answer_days=ADDITIONAL_DAYS,  # Ours, as in the Union.
    renewed_answer_days=ADDITIONAL_DAYS,
    lapses=False,
    additional_days=ADDITIONAL_DAYS,  # Act, s. 28(7)
    refund_days=14,  # reg. 34(5); Act, s. 28(9) says "without undue delay"
    refund_in_working_days=False,
    withdrawal=RightToWithdraw(
        days=14,  # reg. 30
        to_working_day=False,
        uninformed_months=12,  # reg. 31(3)
        send_back_days=14,  # reg. 35(4)
        refund_from=RefundFrom.GOODS,  # reg. 34(5) and (6)
        exemptions=frozenset(Exemption),  # reg. 28
    ),
)

#: No law that we know: the shop's own terms alone, with the customs of the house for delays.
NO_LAW: Final = Jurisdiction(
    code="NONE",
    default_days=30,
    short_delay_days=30,
    short_silence=Silence.CONSENT,
    other_silence=Silence.CANCELLATION,
    answer_days=30,
    renewed_answer_days=ADDITIONAL_DAYS,
    lapses=False,
    additional_days=0,
    refund_days=14,
    refund_in_working_days=False,
    withdrawal=None,
)

#: Every jurisdiction by its code. A shop that gives its customers more takes one of them with other numbers.
JURISDICTIONS: Final[Mapping[str, Jurisdiction]] = MappingProxyType(
    {law.code: law for law in (UNITED_STATES, EUROPEAN_UNION, UNITED_KINGDOM, NO_LAW)}
)
