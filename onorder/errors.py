"""The base of every refusal: what a person asked for and the facts do not allow; and the words it is said in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self


class Phrase(str):
    """English words of ours that remember what they were made of, so that an edge can say them in another language.

    To everybody else it is the English text. A value may be a phrase itself. What somebody typed is always a value and
    never part of the template: it may have braces in it.

    >>> Phrase("Count of {sku}", sku="{TEA}")
    'Count of {TEA}'
    """

    template: str
    data: Mapping[str, Any]

    def __new__(cls, template: str, /, **data: Any) -> Self:
        made = super().__new__(cls, template.format(**data) if data else template)
        made.template, made.data = template, data
        return made


def joined(separator: str, parts: Iterable[str]) -> Phrase:
    """Several texts as one phrase; those that are phrases can still be said in another language.

    >>> joined("; ", ["TEA: {1}", Phrase("{sku}: gone", sku="MUG")])
    'TEA: {1}; MUG: gone'
    """
    numbered = {f"part{n}": part for n, part in enumerate(parts)}
    return Phrase(separator.join(f"{{{name}}}" for name in numbered), **numbered)


class OnOrderError(Exception):
    """Something a person asked for that the facts do not allow.

    Each subclass lives beside the code that raises it and is named after what is wrong. It carries `code` (stable, for
    machines), `sentence` (what is the case) and `remedy` (what to do now); both texts are templates over the keyword
    arguments, which travel along as `data`. Those named in `worded` are words of ours: templates over the others, and
    said in the reader's language with them. The only argument is the whole as a phrase. A bug is never an
    `OnOrderError`.
    """

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str]
    remedy: ClassVar[str]
    worded: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **data: Any) -> None:
        values = {name: value for name, value in data.items() if name not in self.worded}
        self.data = values | {name: _phrase(data[name], values) for name in self.worded}
        texts = (Phrase(text, **self.data) for text in (self.sentence, self.remedy))
        super().__init__(joined(" ", [text for text in texts if text]))


class NotFound(OnOrderError):
    code = "not_found"
    sentence = "There is no {what} {name}."
    remedy = "Check the spelling, or import it first."
    worded = ("what",)


class WrongState(OnOrderError):
    code = "wrong_state"
    sentence = "{what} {name} is {state}, so it cannot be {step}."
    remedy = "Look at it again: somebody may have been faster."
    worded = ("what", "state", "step")


class BadInput(OnOrderError):
    """A value that no state of the shop would make right.

    >>> str(BadInput(what="Count of {sku}", problem="{n} is not a count", remedy="Count again.", sku="TEA", n=-1))
    'Count of TEA: -1 is not a count. Count again.'
    """

    code = "bad_input"
    sentence = "{what}: {problem}."
    remedy = "{remedy}"
    worded = ("what", "problem", "remedy")

    def __init__(self, *, what: str, problem: str, remedy: str = "", **values: Any) -> None:
        super().__init__(what=what, problem=problem, remedy=remedy, **values)


def _phrase(text: str, values: Mapping[str, Any]) -> Phrase:
    return text if isinstance(text, Phrase) else Phrase(text, **values)
