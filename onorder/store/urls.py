"""Every address of the customer's side."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from onorder.store import (
    account,
    arrivals,
    basket,
    checkout,
    delay,
    finding,
    journey,
    journey_acts,
    public,
    returns,
    supplies,
)

MODULES = (public, basket, checkout, journey, journey_acts, arrivals, finding, account, delay, returns, supplies)

urlpatterns: list[URLPattern | URLResolver] = [pattern for module in MODULES for pattern in module.urlpatterns]
