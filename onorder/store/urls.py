"""Every address of the customer's side."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from onorder.store import delay

urlpatterns: list[URLPattern | URLResolver] = [*delay.urlpatterns]
