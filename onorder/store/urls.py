"""Every address of the customer's side."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from onorder.store import basket, checkout, delay, finding, journey, journey_acts, public, returns, writing

MODULES = (public, basket, checkout, journey, journey_acts, finding, delay, returns, writing)

urlpatterns: list[URLPattern | URLResolver] = [pattern for module in MODULES for pattern in module.urlpatterns]
