"""Long lists: a page of them, where the next one begins, and all of them as CSV."""

from __future__ import annotations

import csv
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Generic, TypeVar

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from onorder.delivery.documents import harmless

T = TypeVar("T")
S = TypeVar("S", bound=StrEnum)

ROWS = 50


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """One page of a list. `after`: where the next one begins, for its URL; empty on the last."""

    rows: Sequence[T]
    after: str
    is_first: bool


def listed(rows: Sequence[T], request: HttpRequest, place: Callable[[T], Sequence[Any]], size: int = ROWS) -> Listed[T]:
    """A page out of the `size + 1` rows that were asked for. `place` gives what the list is sorted by."""
    more = len(rows) > size
    shown = rows[:size]
    return Listed(shown, _written(place(shown[-1])) if more else "", "after" not in request.GET)


def after(request: HttpRequest, kinds: Sequence[Callable[[Any], Any]]) -> tuple[Any, ...] | None:
    """Where the page that is asked for begins: one value for each kind. None for the first page, and for nonsense."""
    try:
        values = json.loads(urlsafe_b64decode(request.GET.get("after", "").encode()))
        return tuple(kind(value) for kind, value in zip(kinds, values, strict=True))
    except (ValueError, TypeError):
        return None


def _written(values: Sequence[Any]) -> str:
    return urlsafe_b64encode(json.dumps(values, default=str, separators=(",", ":")).encode()).decode()


def picked(request: HttpRequest, default: S) -> S:
    """Which part of a list is asked for by `?show=`."""
    asked = request.GET.get("show")
    return next((one for one in type(default) if one == asked), default)


def chips(names: Mapping[S, str], counts: Mapping[S, int], default: S) -> list[tuple[str, str, str, int | None]]:
    """The parts of a list, to pick one: which, how its address names it, its name for people, and its rows if counted.

    The address of the default says nothing of it.
    """
    return [
        (str(one), "" if one == default else str(one), gettext(name), counts.get(one)) for one, name in names.items()
    ]


def cells(row: object, names: Sequence[str]) -> list[Any]:
    """Of a row what stands under these names, for a file; days and instants in ISO form."""
    values = (getattr(row, name) for name in names)
    return [value.isoformat() if isinstance(value, date) else value for value in values]


def as_csv(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponseBase:
    """Rows as a file that a spreadsheet opens: UTF-8 with its mark, nothing in it is a formula."""
    answer = StreamingHttpResponse(_lines(header, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate()}.csv"'
    return answer


class _Echo:
    def write(self, line: str) -> str:
        return line


def _lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(header)
    for row in rows:
        yield writer.writerow(
            ["" if cell is None else harmless(cell) if isinstance(cell, str) else cell for cell in row]
        )
