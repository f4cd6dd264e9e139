"""What is wrong with a page for whoever listens to it, whoever touches it, or whoever sees little: axe says."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_LOADED = "typeof axe === 'object'"
_LOOK = """options => axe.run(options).then(found => found.violations.map(
  broken => `${broken.id}: ${broken.help}\\n` + broken.nodes.map(node => `  ${node.target}: ${node.html}`).join('\\n')
))"""


def violations(page, where=""):
    """The rules that this page breaks as it is now, each with what breaks it; what holds is not told at all."""
    if not page.evaluate(_LOADED):
        page.evaluate(AXE_SCRIPT)
    options = {"runOnly": RULES, "resultTypes": ["violations"], "preload": False}
    return [f"{where} {broken}".strip() for broken in page.evaluate(_LOOK, options)]
