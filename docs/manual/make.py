"""The part of the manual that follows from the code: who may do what. `make manual` writes it; a test holds it."""

from __future__ import annotations

import os
from pathlib import Path

MANUAL = Path(__file__).parent / "README.md"
BEGINS, ENDS = "<!-- roles: written by `make manual` -->\n", "<!-- end of roles -->\n"

#: What each right lets somebody do, as the manual says it.
SAYS = {
    "see_costs": "sees what things cost the shop",
    "buy": "buys: raises, approves, sends, cancels purchase orders, records answers",
    "receive": "receives goods",
    "ship": "packs and ships",
    "count": "counts and writes off stock",
    "sell": "takes, changes and cancels customers' orders",
    "refund": "books payments and gives money back",
    "set_up": "changes catalogue, suppliers, policies and terms",
    "people": "manages people and the shop's settings",
}


def table() -> str:
    """The roles as a table, one row for each right."""
    from onorder.desk.rights import RIGHTS, Right

    rows = [["", *RIGHTS], ["---"] * (len(RIGHTS) + 1)]
    rows += [[SAYS[right], *("yes" if right in of else "" for of in RIGHTS.values())] for right in Right]
    return "".join(f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in row)}|\n" for row in rows).replace(
        " --- ", "---"
    )


def written(text: str) -> str:
    """The manual's first page with the table as it is now."""
    before, _, rest = text.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}{table()}{ENDS}{after}"


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onorder.config.settings")
    os.environ.setdefault("ONORDER_DATABASE_URL", "sqlite://:memory:")
    django.setup()
    MANUAL.write_text(written(MANUAL.read_text()))
