from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
settings.register_profile("deep", deadline=None, max_examples=1_000, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("ONORDER_HYPOTHESIS", "ci"))


def pytest_addoption(parser):
    parser.addoption("--late", type=float, default=0, help="Seconds by which a page reaches the browser late.")


def pytest_collection_modifyitems(config, items):
    """On PostgreSQL only what hangs on the database: no pure function, and of the desk only the tests that say so."""
    if os.environ.get("ONORDER_TEST_DATABASE") != "postgresql":
        return
    others = [one for one in items if not _hangs_on_the_database(one)]
    items[:] = [one for one in items if _hangs_on_the_database(one)]
    config.hook.pytest_deselected(items=others)


_ELSEWHERE = ("tests/rules/", "tests/wording/", "tests/desk/")


def _hangs_on_the_database(item):
    says_so = item.get_closest_marker("both_databases") is not None
    elsewhere = "browser" in item.fixturenames or item.nodeid.startswith(_ELSEWHERE)
    return says_so or not elsewhere


@pytest.fixture(autouse=True)
def quick_hashes(settings):
    """A password is hashed in an instant: how slow that is for whoever guesses is Django's to hold."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def quick_clients(settings):
    """A client begins in an instant: static files are looked for when somebody asks, not gathered for each client."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def english(settings):
    """Every test begins in English, whatever language the one before it ended in."""
    from django.utils import translation

    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(worker_id):
    """On SQLite a file for each worker of the run."""
    from django.conf import settings as django_settings

    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        name = Path(os.environ["ONORDER_TEST_FOLDER"]) / f"test-{worker_id}.sqlite3"
        database.setdefault("TEST", {})["NAME"] = str(name)
    else:
        database.setdefault("TEST", {})["NAME"] = f"test_{worker_id}"


@pytest.fixture(scope="session")
def django_db_keepdb():
    """On PostgreSQL nothing is dropped at the end: the whole server goes, and a thread may still be leaving it."""
    return os.environ.get("ONORDER_TEST_DATABASE") == "postgresql"


@pytest.fixture
def shop(db):
    """Alice's shop, open, with one supplier and nothing to sell yet."""
    from tests.shop import Shop

    _number_from_one()
    return Shop()


def _number_from_one():
    """The first purchase order is PO-1: PostgreSQL keeps counting where a test was undone."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence('onorder_purchaseorder', 'id'), 1, false)")


@pytest.fixture(scope="module")
def built_once(django_db_setup, django_db_blocker):
    """Around all tests of a module: what is built in it once, each of them finds; what one does itself is undone."""
    from django.db import transaction

    with django_db_blocker.unblock():
        around = transaction.atomic()
        around._from_testcase = True  # A durable action may be called inside.
        with around:
            _number_from_one()
            yield
            transaction.set_rollback(True)


@pytest.fixture
def lasting(transactional_db):
    """An empty database where each transaction really commits."""
    _number_from_one()


@pytest.fixture
def lasting_shop(lasting):
    """The same shop there, for tests with several connections."""
    from tests.shop import Shop

    return Shop()


@pytest.fixture(scope="session")
def browser():
    """Chromium: the one that CHROMIUM names, else the system's, else playwright's own."""
    from playwright.sync_api import sync_playwright

    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    switches = (
        *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    )
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in this thread.
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=list(switches))
        yield launched
        launched.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session", autouse=True)
def late_pages(request):
    """With `--late 0.2` the head of a page comes late, and its text later: a test that does not wait for it fails."""
    seconds = request.config.getoption("late")
    if not seconds:
        yield
        return
    from tests.looking import late

    with late(seconds):
        yield


@pytest.fixture
def stripe(settings):
    """A small Stripe on this machine, and the settings that lead to it."""
    from tests.stripe import SECRET_KEY, WEBHOOK_SECRET, running

    with running() as found:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = SECRET_KEY, [WEBHOOK_SECRET]
        settings.STRIPE_API = settings.STRIPE_PAGES = found.url
        yield found
