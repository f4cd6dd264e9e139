"""The made-up people of the demonstration: the real orders name nobody, so each customer gets a name and an address.

Whoever it is follows from the reference alone, so that the same source gives the same people.
"""

from __future__ import annotations

from hashlib import sha256

from onorder.actions.orders import NewCustomer

_FIRST = (
    *("Amelia", "Ben", "Chloé", "Dylan", "Erin", "Farah", "George", "Hannah", "Imran", "Jess", "Kofi", "Leah", "Marta"),
    *("Nadia", "Owen", "Priya", "Quentin", "Rosa", "Sam", "Tomasz", "Una", "Victor", "Wendy", "Yusuf", "Zoë", "Aoife"),
)
_LAST = (
    *("Adeyemi", "Barker", "Campbell", "Davies", "Ellis", "Fraser", "Gupta", "Hughes", "Iqbal", "Jones", "Kaur"),
    *("Lewis", "Martin", "Novak", "O'Brien", "Patel", "Quinn", "Roberts", "Shaw", "Taylor", "Underwood", "Walsh"),
)
_STREETS = ("Mill Lane", "Church Street", "Station Road", "High Street", "Park View", "The Green", "Canal Row")
_TOWNS = ("York YO1", "Leeds LS2", "Bristol BS1", "Bath BA2", "Norwich NR3", "Exeter EX4", "Durham DH1", "Kendal LA9")


def person(reference: str) -> tuple[NewCustomer, str]:
    """The customer with this reference, and where they live."""
    drawn = int.from_bytes(sha256(f"person {reference}".encode()).digest()[:12])
    parts = []
    for names in (_FIRST, _LAST, _STREETS, _TOWNS):
        drawn, place = divmod(drawn, len(names))
        parts.append(names[place])
    first, last, street, town = parts
    code = f"{drawn % 9 + 1}{'ABDEFH'[drawn % 6]}{'JLNPQR'[drawn % 5]}"
    address = f"{drawn % 120 + 1} {street}\n{town} {code}"
    return NewCustomer(reference, f"{reference}@customer.example", f"{first} {last}"), address
