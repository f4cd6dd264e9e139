"""The pictures of the README and the manual: the desk after the demo, in a real browser.

`make screenshots` runs it. It serves the shop of the folder `demo` (`make demo ARGS="--no-serve"` makes one) without a
worker, so that nothing moves while it looks.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
DEMO = HERE.parent.parent / "demo"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

#: Where the first link that leads on is none of a table's.
FIRST = {"product": "main .tiles a", "pack-phone": "main .parcels .track a.button"}

#: Name of the picture, page, who looks, how large; {…} is the first link that leads there.
PICTURES = (
    ("today", "/", "owner", DESK),
    ("queue", "/queue", "buyer", DESK),
    ("buffers", "/buffers", "buyer", DESK),
    ("purchase-orders", "/purchase-orders", "buyer", DESK),
    ("purchase-order", "{purchase-orders}", "buyer", DESK),
    ("receiving", "/receiving", "warehouse", DESK),
    ("receive-phone", "{receiving}", "warehouse", PHONE),
    ("parcels", "/parcels", "warehouse", DESK),
    ("orders", "/orders", "support", DESK),
    ("order", "{orders}", "support", DESK),
    ("catalogue", "/catalogue", "buyer", DESK),
    ("suppliers", "/suppliers", "buyer", DESK),
    ("supplier", "{suppliers}", "buyer", DESK),
    ("settings", "/settings", "owner", DESK),
    ("message", "/settings/messages/placed", "owner", DESK),
    ("pack-phone", "{parcels}", "warehouse", PHONE),
    ("collection", "/c/love-takes-time", "owner", DESK),
    ("product", "{c/love-takes-time}", "owner", DESK),
    ("journey-phone", "{orders}", "support", PHONE),
)


def main() -> None:
    with served() as url, sync_playwright() as playwright:
        found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
        browser = playwright.chromium.launch(executable_path=found, args=list(SWITCHES))
        for name, path, who, size in PICTURES:
            page = logged_in(browser, url, who, size)
            if path.startswith("{"):
                page.goto(f"{url}/{path.strip('{}')}")
                page.locator(FIRST.get(name, "main .rows tbody a")).first.click()
                if name == "journey-phone":
                    page.goto(page.locator(".handed a").get_attribute("href"))
            else:
                page.goto(url + path)
            page.wait_for_load_state()
            page.screenshot(path=HERE / f"{name}.png")
            print(f"docs/pictures/{name}.png", flush=True)
            page.context.close()
        browser.close()


@contextmanager
def served():
    """The demo's shop on a free port, as long as this lasts."""
    if not (DEMO / "onorder.sqlite3").exists():
        raise SystemExit('There is no demo to look at: make demo ARGS="--no-serve" makes one.')
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).parent / "onorder"), "serve", "--no-worker", "--port", str(port)]
    server = subprocess.Popen(command, cwd=DEMO)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{url}/healthz").close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait()


def logged_in(browser: Browser, url: str, who: str, size: dict[str, int]) -> Page:
    """A browser of this person of the demo."""
    page = browser.new_context(viewport=size, color_scheme="light", reduced_motion="reduce").new_page()
    page.goto(f"{url}/login")
    page.get_by_label("Name").fill(who)
    page.get_by_label("Password").fill("demo-demo-demo")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state()
    return page


if __name__ == "__main__":
    main()
