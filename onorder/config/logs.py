"""What no log says."""

from __future__ import annotations

import logging
import re

_LINK = re.compile(r"(/(?:[jdrs]|pay|order/placed|your-orders/open)/)[^/\s?\"']+")


class WithoutLinks(logging.Filter):
    """Whoever reads a log could open an order whose link stands in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes, its links masked.

        >>> record = logging.LogRecord("x", 30, "", 0, "Not Found: %s", ("/j/10f7-b48.WBSo/cancel",), None)
        >>> WithoutLinks().filter(record), record.getMessage()
        (True, 'Not Found: /j/…/cancel')
        >>> record = logging.LogRecord("x", 30, "", 0, "Forbidden: %s", ("/pay/10f7-b48.WBSo?card=back",), None)
        >>> WithoutLinks().filter(record), record.getMessage()
        (True, 'Forbidden: /pay/…?card=back')
        >>> record = logging.LogRecord("x", 30, "", 0, "Gone: /your-orders/open/7-6a.WBSo", (), None)
        >>> WithoutLinks().filter(record), record.getMessage()
        (True, 'Gone: /your-orders/open/…')
        """
        record.msg, record.args = _LINK.sub(r"\1…", record.getMessage()), ()
        return True
