"""The base of every refusal: what a person asked for and the facts do not allow."""

from __future__ import annotations

from typing import Any, ClassVar


class OnOrderError(Exception):
    """Something a person asked for that the facts do not allow.

    Each subclass lives beside the code that raises it and is named after what is wrong. It carries `code` (stable, for
    machines), `sentence` (what is the case) and `remedy` (what to do now); both texts are templates over the keyword
    arguments, which travel along as `data`. A bug is never an `OnOrderError`.
    """

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str]
    remedy: ClassVar[str]

    def __init__(self, **data: Any) -> None:
        self.data = data
        super().__init__(f"{self.sentence} {self.remedy}".format(**data).strip())


class NotFound(OnOrderError):
    code = "not_found"
    sentence = "There is no {what} {name}."
    remedy = "Check the spelling, or import it first."


class WrongState(OnOrderError):
    code = "wrong_state"
    sentence = "{what} {name} is {state}, so it cannot be {step}."
    remedy = "Look at it again: somebody may have been faster."


class BadInput(OnOrderError):
    """A value that no state of the shop would make right."""

    code = "bad_input"
    sentence = "{what}: {problem}."
    remedy = "{remedy}"

    def __init__(self, *, what: str, problem: str, remedy: str = "") -> None:
        super().__init__(what=what, problem=problem, remedy=remedy)
