"""What no log says."""

from __future__ import annotations

import logging
import re

#: The addresses behind a link, and whatever else is signed, wherever it stands.
_LINK = re.compile(
    r"(/(?:[jdrs]|pay|order/placed|your-orders/open|welcome)/)[^/\s?\"']+|[^\s/?&=\"']+[.:][\w-]{43}(?![\w-])"
)


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
        record.msg, record.args = _LINK.sub(lambda found: f"{found[1] or ''}…", record.getMessage()), ()
        return True
