"""How often a process looks for garbage in circles."""

from __future__ import annotations

import gc

MADE_BETWEEN = 20_000  # Objects. Python's own 700 are made by a single order of twenty lines.


def collect_seldom() -> None:
    """Look for garbage less often, and never again through what has been imported by now.

    An action makes thousands of values that die by themselves when it is over. Looking for circles among them as often
    as Python does by default takes a tenth of the time of a day's work.
    """
    gc.freeze()
    gc.set_threshold(MADE_BETWEEN, 20, 20)
