"""The benchmark of the pages: it asks for every page there is, and stops at one that fails."""

from __future__ import annotations

import pytest
from django.test import override_settings

from onorder.bench import pages
from onorder.desk.urls import urlpatterns


def test_every_page_is_measured(transactional_db, monkeypatch):
    monkeypatch.setattr(pages, "RUNS", 1)
    monkeypatch.setattr(pages, "_settle", lambda: None)
    found = {page["path"] for page in pages.many(beside="", lines=300, waiting=40)["pages"]}
    plain = {
        f"/{pattern.pattern}"
        for pattern in urlpatterns
        if getattr(pattern.callback, "way", "") == "page" and not pattern.pattern.converters
    }
    assert plain <= found
    assert "/queue?show=passed" in found


def test_a_page_that_fails_ends_it(transactional_db, monkeypatch):
    monkeypatch.setattr(pages, "_settle", lambda: None)
    with override_settings(ALLOWED_HOSTS=[]), pytest.raises(pages.PageFailed, match="answered 400"):
        pages.many(beside="", lines=30, waiting=4)
