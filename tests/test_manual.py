"""What the manual says of the code is what the code does."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[1]
make = runpy.run_path(str(ROOT / "docs/manual/make.py"))


def test_the_table_of_roles_is_as_the_rights_are():
    text = make["MANUAL"].read_text()
    assert make["BEGINS"] in text and make["ENDS"] in text
    assert make["written"](text) == text


def test_every_link_of_the_documents_leads_somewhere():
    wrong = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if not re.match(r"https?:|mailto:", link) and not (page.parent / link).exists():
                wrong.append(f"{page.name}: {link}")
    assert wrong == []
