"""What processes do that are killed at work: a round of the worker, and a page that takes an order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.http import HttpResponseBase
from django.test import Client

import onorder.config.urls  # noqa: F401 - imported once, before anything is forked
from onorder.working import work


def a_round(now: datetime) -> None:
    work(now, deliver=False)


def sends(form: Mapping[str, str]) -> HttpResponseBase:
    """A browser sends an order form; the thanks are elsewhere."""
    answer = Client(SERVER_NAME="localhost").post("/order", form)
    assert answer.status_code == 302, answer
    return answer
