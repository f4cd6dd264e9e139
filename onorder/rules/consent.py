"""How a line stands toward its customer once it may be late: what we must ask, what silence means, when it is over.

A state machine without a stored state: the facts are the days on which something was said or done, and every question
is answered from them afresh. Days, not hours: a day counts to its end, so that whoever answers on the last day has
answered. What has left in a parcel is settled; the facts of a line are those of its units that have not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from onorder.rules.calendars import MONDAY_TO_FRIDAY, Calendar
from onorder.rules.jurisdictions import Jurisdiction, Silence


class Reply(StrEnum):
    """What a customer said. `withdrawn` takes back the consent to wait without a day."""

    KEPT = "kept"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


class State(StrEnum):
    """How a line stands toward its customer.

    `overdue`: a day passed for which the law demanded a notice, and there was none: we cancel and refund.
    `called_off`: the shop said that it will not deliver.
    """

    ON_TIME = "on_time"
    NOTICE_DUE = "notice_due"
    WAITING_FOR_ANSWER = "waiting_for_answer"
    CONSENTED = "consented"
    SHIPPED = "shipped"
    CANCELLED_BY_CUSTOMER = "cancelled_by_customer"
    CANCELLED_BY_SILENCE = "cancelled_by_silence"
    OVERDUE = "overdue"
    CALLED_OFF = "called_off"


#: States in which the order is over and what was paid goes back.
REFUNDED: Final = frozenset({State.CANCELLED_BY_CUSTOMER, State.CANCELLED_BY_SILENCE, State.OVERDUE, State.CALLED_OFF})


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice of delay as it was sent: the new day, and what silence means from when on.

    `day`: None if nobody can say. `answer_by`: None if silence never means anything, as to mere news.

    Raises:
        ValueError: silence would cancel on no day, or consent to none.
    """

    sent_on: date
    day: date | None
    answer_by: date | None
    silence: Silence

    def __post_init__(self) -> None:
        if self.silence == Silence.CANCELLATION and self.answer_by is None:
            raise ValueError("silence can only cancel on a day that was stated")
        if self.silence == Silence.CONSENT and self.day is None:
            raise ValueError("nobody consents by silence to a delay without a day")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the customer said, and to which notice, counted from 1. To cancel, no notice is needed."""

    on: date
    reply: Reply
    notice: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What was said and done about units of one line that are to leave together.

    Args:
        promised_on: the day that was stated when buying; None if none was.
        notices: in the order they were sent, which is how answers count them.
        shipped_on: the day they were handed to the carrier (16 CFR 435.1(e)).
        called_off_on: the day on which the shop said that it will not deliver.
        is_essential: the customer said when buying that the day is essential, or it plainly was.

    Raises:
        ValueError: notices are not in order, or somebody consents to one that was not sent yet.
    """

    ordered_on: date
    promised_on: date | None = None
    notices: tuple[Notice, ...] = ()
    answers: tuple[Answer, ...] = ()
    shipped_on: date | None = None
    called_off_on: date | None = None
    is_essential: bool = False

    def __post_init__(self) -> None:
        sent = [notice.sent_on for notice in self.notices]
        if sent != sorted(sent):
            raise ValueError("notices of delay are counted in the order they were sent")
        for answer in self.answers:
            known = sum(day <= answer.on for day in sent)
            if answer.reply == Reply.KEPT and not 1 <= (answer.notice or 0) <= known:
                raise ValueError(f"on {answer.on} there is no notice {answer.notice} to consent to")

    def first_day(self, law: Jurisdiction) -> date:
        """The day the customer could count on when buying: the one stated, or the law's."""
        return self.promised_on or self.ordered_on + timedelta(law.default_days)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a line stands on one day.

    `on` is, by state: the day that holds (on time, consented; None is any), the last day for the notice (due), the day
    at whose end silence counts (waiting), the day on which it was over (all others). `may_end_from`: from this day on
    the customer may end it because it is late, free of charge; None if nothing gives that right yet.
    """

    state: State
    on: date | None
    silence: Silence | None = None
    may_end_from: date | None = None

    @property
    def is_refunded(self) -> bool:
        """Whether the order is over and what was paid goes back."""
        return self.state in REFUNDED


@dataclass(slots=True)
class _Course:
    """What has become of a line so far. `until`: the day in force, None once the customer waits without one.

    `agreed`: the last day that the customer agreed to in so many words. `kept`: the latest notice consented to.
    """

    until: date | None
    agreed: date
    sent: int = 0
    kept: int = 0
    pending: Notice | None = None
    ended: tuple[State, date] | None = None
    open_since: date | None = None


def standing(facts: Facts, law: Jurisdiction, today: date, *, can_ship_on: date | None) -> Standing:
    """How the line stands today.

    Args:
        can_ship_on: the day we now expect to ship; None if nobody knows.

    >>> from onorder.rules.jurisdictions import UNITED_STATES
    >>> late = Facts(date(2026, 3, 2), date(2026, 3, 20))
    >>> standing(late, UNITED_STATES, date(2026, 3, 9), can_ship_on=date(2026, 4, 10)).state.value
    'notice_due'
    """
    course = _course(facts, law, today)
    if course.ended:
        return Standing(*course.ended)
    may_end_from = _may_end_from(course, facts, law)
    if _is_due(course, today, can_ship_on):
        return Standing(State.NOTICE_DUE, course.until, may_end_from=may_end_from)
    if course.pending:
        silence = course.pending.silence
        return Standing(State.WAITING_FOR_ANSWER, _counts_on(course, course.pending), silence, may_end_from)
    state = State.CONSENTED if course.kept else State.ON_TIME
    return Standing(state, course.until, may_end_from=may_end_from)


def notice_due(facts: Facts, law: Jurisdiction, today: date, *, can_ship_on: date | None) -> bool:
    """Whether the customer must be asked now, because what was last said to them can no longer be kept.

    As soon as we know, never later than the day itself (16 CFR 435.2(b)(1) and (b)(2)); who waits without a day is not
    asked again (435.2(b)(2)(iii)).
    """
    return standing(facts, law, today, can_ship_on=can_ship_on).state == State.NOTICE_DUE


def next_notice(facts: Facts, law: Jurisdiction, today: date, *, day: date | None) -> Notice:
    """The notice to be sent today, with the new day or without one: what silence to it means, and from when on.

    A notice that nobody has answered sets no later deadline than the one before it: the law counts from the day that
    was agreed, however often we write.

    Raises:
        ValueError: there is nothing to delay any more, or the new day is not later than the one in force.

    >>> from onorder.rules.jurisdictions import UNITED_STATES
    >>> ordered = Facts(date(2026, 3, 2), date(2026, 3, 20))
    >>> next_notice(ordered, UNITED_STATES, date(2026, 3, 9), day=date(2026, 4, 19)).silence.value
    'consent'
    >>> next_notice(ordered, UNITED_STATES, date(2026, 3, 9), day=None).answer_by
    datetime.date(2026, 4, 19)
    """
    course = _course(facts, law, today)
    if course.ended:
        raise ValueError(f"it is {course.ended[0]} since {course.ended[1]}: there is nothing to delay")
    if course.until is None:
        return Notice(today, day, None, Silence.STANDS)
    if day is not None and day <= max(course.until, today - timedelta(1)):
        raise ValueError(f"{day} is no delay: {course.until} was agreed, and today is {today}")
    is_first = course.sent == 0
    is_short = is_first and day is not None and (day - course.until).days <= law.short_delay_days
    silence = law.short_silence if is_short else law.other_silence
    if silence != Silence.CANCELLATION:
        return Notice(today, day, day, silence)
    if course.pending and _may_cancel(course):
        answer_by = _counts_on(course, course.pending)
    else:
        days = law.answer_days if is_first else law.renewed_answer_days
        answer_by = max(course.until, today) + timedelta(days)
    return Notice(today, day, answer_by, silence)


def over_on(facts: Facts, law: Jurisdiction, today: date) -> date | None:
    """The first day on which it will be over if nobody says or sends anything more; None if it never will by itself.

    What the worker waits for, and what a list of consents about to lapse is sorted by.

    >>> from onorder.rules.jurisdictions import UNITED_STATES
    >>> over_on(Facts(date(2026, 3, 2), date(2026, 3, 20)), UNITED_STATES, date(2026, 3, 9))
    datetime.date(2026, 3, 21)
    """
    last_day = _last_day(_course(facts, law, today), law)
    return last_day and last_day + timedelta(1)


def refund_by(law: Jurisdiction, ended_on: date, working: Calendar = MONDAY_TO_FRIDAY) -> date:
    """The last day for the refund of what never shipped, from the day on which the order was over.

    Args:
        working: the days that count where working days do. Without public holidays it is rather too early.

    >>> from onorder.rules.jurisdictions import EUROPEAN_UNION, UNITED_STATES
    >>> refund_by(UNITED_STATES, date(2026, 3, 20)), refund_by(EUROPEAN_UNION, date(2026, 3, 20))
    (datetime.date(2026, 3, 31), datetime.date(2026, 4, 3))
    """
    if not law.refund_in_working_days:
        return ended_on + timedelta(law.refund_days)
    return working.add(working.back(ended_on), law.refund_days)  # From a Saturday on, Monday is the first.


def _course(facts: Facts, law: Jurisdiction, today: date) -> _Course:
    """Everything that happened until today, one after the other, with what passed in silence between."""
    first = facts.first_day(law)
    course = _Course(until=first, agreed=first)
    for day, _, fact in _happened(facts, today):
        _pass(course, law, day)
        if not course.ended:
            _take(course, facts, day, fact)
    _pass(course, law, today)
    return course


def _happened(facts: Facts, today: date) -> list[tuple[date, int, Notice | Answer | State]]:
    """What happened until today. On one day a parcel that leaves comes before words, and ours before the customer's."""
    happened: list[tuple[date, int, Notice | Answer | State]] = []
    happened += [(notice.sent_on, 1, notice) for notice in facts.notices]
    happened += [(answer.on, 2, answer) for answer in facts.answers]
    if facts.shipped_on:
        happened.append((facts.shipped_on, 0, State.SHIPPED))
    if facts.called_off_on:
        happened.append((facts.called_off_on, 3, State.CALLED_OFF))
    return sorted((one for one in happened if one[0] <= today), key=lambda one: one[:2])


def _pass(course: _Course, law: Jurisdiction, day: date) -> None:
    """Every day before this one passes. (16 CFR 435.2(c)(2), (3) and (5).)"""
    last_day = _last_day(course, law)
    if last_day and last_day < day:
        course.ended = (State.CANCELLED_BY_SILENCE if _may_cancel(course) else State.OVERDUE, last_day)


def _last_day(course: _Course, law: Jurisdiction) -> date | None:
    """The last day on which it goes on if nothing more is said or sent; None if it goes on, or is over."""
    if course.ended or course.until is None:
        return None
    if course.pending and _may_cancel(course):
        return _counts_on(course, course.pending)
    return course.until if law.lapses else None


def _may_cancel(course: _Course) -> bool:
    return course.pending is not None and course.pending.silence == Silence.CANCELLATION


def _take(course: _Course, facts: Facts, day: date, fact: Notice | Answer | State) -> None:
    if isinstance(fact, State):
        course.ended = (fact, day)
    elif isinstance(fact, Notice):
        course.sent += 1
        if course.until is None:
            return  # News for somebody who waits without a day: it asks for nothing.
        course.pending = fact
        if fact.silence != Silence.CANCELLATION and fact.day:
            course.until = fact.day
    elif fact.reply != Reply.KEPT:
        course.ended = (State.CANCELLED_BY_CUSTOMER, day)
    elif fact.notice is not None and fact.notice > course.kept:
        _keep(course, facts.notices[fact.notice - 1], fact.notice, day)


def _keep(course: _Course, notice: Notice, number: int, day: date) -> None:
    course.kept = number
    if number == course.sent or notice.day is None:
        course.pending = None
    if notice.day is None:
        course.until, course.open_since = None, day
    else:
        course.until = course.agreed = notice.day
        course.open_since = None


def _counts_on(course: _Course, pending: Notice) -> date | None:
    """The day at whose end silence to the notice counts: as it was told, but never within a time consented to."""
    if pending.answer_by is None or course.until is None:
        return pending.answer_by
    return max(pending.answer_by, course.until)


def _is_due(course: _Course, today: date, can_ship_on: date | None) -> bool:
    if course.until is None or (course.pending and course.pending.day is None):
        return False
    told = course.pending.day if course.pending and course.pending.day else course.until
    told = max(told, course.until)
    return can_ship_on is None or max(can_ship_on, today) > told


def _may_end_from(course: _Course, facts: Facts, law: Jurisdiction) -> date | None:
    """Whoever is asked may say no, whoever waits without a day may stop, and whoever was patient long enough, too."""
    if course.open_since:  # 16 CFR 435.2(b)(1)(iii)(B) says from the first day on; ours is at once.
        return course.open_since
    if course.pending:
        return course.pending.sent_on
    if law.additional_days is None:
        return None
    return course.agreed + timedelta(1 if facts.is_essential else law.additional_days + 1)
