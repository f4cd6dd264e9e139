"""What is wrong with a page for whoever sees it, listens to it or touches it. Every look waits for the whole page."""

from __future__ import annotations

import time
from contextlib import contextmanager
from unittest import mock

from axe_playwright_python.base import AXE_SCRIPT

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
_OVERLAPS = """() => {
  const shown = [...document.querySelectorAll('main a, main button, main input, main select, main h1, main h2')]
    .filter(e => !e.closest('.hidden, dialog, details:not([open]) > :not(summary)'))
    .filter(e => e.getClientRects().length && getComputedStyle(e).position !== 'absolute');
  const across = (x, y) => Math.min(x.right, y.right) - Math.max(x.left, y.left);
  const down = (x, y) => Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
  const said = e => e.textContent.trim().slice(0, 40);
  const found = [];
  for (const a of shown) for (const b of shown) {
    if (a === b || a.contains(b) || b.contains(a)) continue;
    if (!a.closest('.book') !== !b.closest('.book')) continue;  // What scrolls goes under the bar that stays.
    for (const x of a.getClientRects()) for (const y of b.getClientRects())
      if (across(x, y) > 1 && down(x, y) > 3) found.push(said(a) + ' / ' + said(b));
  }
  return found.slice(0, 5);
}"""
_LOADED = "typeof axe === 'object'"
_LOOK = """options => axe.run(options).then(found => found.violations.map(
  broken => `${broken.id}: ${broken.help}\\n` + broken.nodes.map(node => `  ${node.target}: ${node.html}`).join('\\n')
))"""


def wrong_with(page, where=""):
    """Everything: what does not fit, and the rules that it breaks."""
    return misfits(page, where) + violations(page, where)


def misfits(page, where=""):
    """What is cut or covered at the width that the page has now; works without script, too."""
    page.wait_for_load_state()
    sideways = [] if page.evaluate(_FITS) else ["scrolls sideways"]
    overlaps = [f"overlap of {pair}" for pair in page.evaluate(_OVERLAPS)]
    return [f"{where} {one}".strip() for one in sideways + overlaps]


def violations(page, where=""):
    """The rules of axe that this page breaks as it is now, each with what breaks it; what holds is not told at all."""
    page.wait_for_load_state()
    if not page.evaluate(_LOADED):
        page.evaluate(AXE_SCRIPT)
    options = {"runOnly": RULES, "resultTypes": ["violations"], "preload": False}
    return [f"{where} {broken}".strip() for broken in page.evaluate(_LOOK, options)]


@contextmanager
def late(seconds):
    """The live server begins a page so late and goes on with it so much later, as a slow machine does now and then."""
    from django.core.handlers.wsgi import WSGIHandler

    answer = WSGIHandler.__call__

    def answered_late(self, environ, start_response):
        response = answer(self, environ, start_response)
        is_page = getattr(response, "headers", {}).get("Content-Type", "").startswith("text/html")
        return _in_parts(response, seconds) if is_page else response

    with mock.patch.object(WSGIHandler, "__call__", answered_late):
        yield


def _in_parts(response, seconds):
    text = b"".join(response)
    for part in (b"", text):  # The first sends the head: the browser leaves the old page and has nothing yet.
        time.sleep(seconds)
        yield part
    response.close()
