"""A barcode scanner, as a browser sees one: a keyboard that types faster than anybody."""

from __future__ import annotations

import time


def scans(page, code, line_ends=1):
    """As a scanner types, two milliseconds a key, however busy the machine is that tests it; and then Enter."""
    keyboard, began = page.context.new_cdp_session(page), time.time()
    for n, key in enumerate([*code, *["Enter"] * line_ends]):
        typed = {"key": key, "text": "\r" if key == "Enter" else key, "timestamp": began + n * 0.002}
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", **typed})
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": key, "timestamp": began + n * 0.002 + 0.001})
    keyboard.detach()
