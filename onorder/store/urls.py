"""Every address of the customer's side."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from onorder.store import finding, journey, journey_acts

urlpatterns: list[URLPattern | URLResolver] = [
    *journey.urlpatterns,
    *journey_acts.urlpatterns,
    *finding.urlpatterns,
]
