"""One part of a benchmark, in a process of its own: `python -m onorder.bench PART OPTIONS`.

`onorder.bench.places.apart` starts it. What the part found leaves as JSON on standard output.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onorder.config.settings")
    import django

    django.setup()

    from onorder.bench import badge, hot, mixed, pages, quarter
    from onorder.errors import OnOrderError
    from onorder.garbage import collect_seldom

    collect_seldom()
    part, options = sys.argv[1], json.loads(sys.argv[2])
    parts: dict[str, Callable[..., Any]] = {**mixed.PARTS, **hot.PARTS, **quarter.PARTS, **pages.PARTS, **badge.PARTS}
    try:
        found = parts[part](**options)
    except OnOrderError as refusal:
        raise SystemExit(str(refusal)) from None
    print(json.dumps(found, default=asdict))


if __name__ == "__main__":
    main()
