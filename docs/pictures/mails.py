"""Pictures of every message: as its recipient sees it on a phone and on a desk, in the light and in the dark.

`make mails` runs it, `make mails ARGS=de` in German. They go to the folder `demo/mails`, with a sheet of all of them
for each size and scheme. Nothing is fetched: a message that asked for something from elsewhere would end it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
MAILS = Path(__file__).parent.parent.parent / "demo" / "mails"
WIDTHS, SCHEMES = (390, 1440), ("light", "dark")
THUMB, IN_A_ROW, GAP = 390, 9, 16


def main(language: str) -> None:
    MAILS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
        browser = playwright.chromium.launch(executable_path=found, args=list(SWITCHES))
        for width in WIDTHS:
            for scheme in SCHEMES:
                taken = [taken_of(browser, kind, html, width, scheme) for kind, html in messages(language)]
                print(on_a_sheet(taken, f"all-{width}-{scheme}"), flush=True)
        browser.close()


def messages(language: str) -> Iterator[tuple[str, str]]:
    """Each kind of message, made up so that it has as much to say as it can."""
    from onorder.delivery import mail, shapes, to_customers, to_suppliers

    for kind in (*to_customers.KINDS, *to_suppliers.KINDS):
        news = shapes.made_up(kind)
        to = replace(news.to, language=language)
        yield kind, mail.preview(replace(news, to=to)).html


def taken_of(browser: Browser, kind: str, html: str, width: int, scheme: str) -> Path:
    """A picture of the whole message."""
    page = browser.new_page(viewport={"width": width, "height": 400}, color_scheme=scheme)
    page.route("**/*", lambda asked: asked.abort())
    page.on("request", lambda asked: sys.exit(f"{kind} asks for {asked.url}"))
    page.set_content(html)
    path = MAILS / f"{kind}-{width}-{scheme}.png"
    page.screenshot(path=path, full_page=True)
    page.close()
    return path


def on_a_sheet(pictures: list[Path], name: str) -> Path:
    """All of them side by side, each as wide as a phone."""
    opened = [Image.open(picture) for picture in pictures]
    small = [one.resize((THUMB, round(one.height * THUMB / one.width))) if one.width > THUMB else one for one in opened]
    rows = [small[start : start + IN_A_ROW] for start in range(0, len(small), IN_A_ROW)]
    tall = [max(one.height for one in row) for row in rows]
    sheet = Image.new("RGB", (IN_A_ROW * (THUMB + GAP) + GAP, sum(tall) + GAP * (len(rows) + 1)), "#888")
    top = GAP
    for row, height in zip(rows, tall, strict=True):
        for place, one in enumerate(row):
            sheet.paste(one, (GAP + place * (THUMB + GAP), top))
        top += height + GAP
    path = MAILS / f"{name}.png"
    sheet.save(path)
    return path


if __name__ == "__main__":
    os.environ |= {"ONORDER_SECRET_KEY": "mails", "ONORDER_DATABASE_URL": "sqlite://:memory:"}
    os.environ |= {"ONORDER_URL": "https://shop.example", "DJANGO_SETTINGS_MODULE": "onorder.config.settings"}
    django.setup()
    main(sys.argv[1] if len(sys.argv) > 1 else "en")
