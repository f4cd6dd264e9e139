"""Every address of the customer's side."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from onorder.store import returns

urlpatterns: list[URLPattern | URLResolver] = [*returns.urlpatterns]
