"""An address as it stands on a parcel, read back into the fields of the order form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

#: A postcode before a town: words with a digit in them, "10115" or "YO1 7HH".
_POSTCODE: Final = re.compile(r"((?:\S*\d\S* )+)(\S.*)")


def parts_of(address: str, countries: Mapping[str, str]) -> dict[str, str]:
    """The fields that an address fills in: whom it goes to, street, more, postcode, town, country.

    What cannot be told apart for sure is left to whoever reads the form; nothing is lost by that but a little typing.

    Args:
        countries: codes by the names that may stand in the last line.

    >>> parts_of("Bob\\nFlat 2\\n4 Hill Street\\nYO1 7HH York\\nUnited Kingdom", {"United Kingdom": "GB"})["postcode"]
    'YO1 7HH'
    """
    lines = [line.strip() for line in address.splitlines() if line.strip()]
    found: dict[str, str] = {}
    if lines and (code := countries.get(lines[-1])):
        found["country"] = code
        lines.pop()
    if len(lines) < 3:
        return found
    name, *more, street, place = lines
    matched = _POSTCODE.fullmatch(place)
    found |= {"name": name, "street": street, "town": matched[2] if matched else place}
    if matched:
        found["postcode"] = matched[1].strip()
    if more:
        found["more"] = ", ".join(more)
    return found
