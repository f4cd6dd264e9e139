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
    hooks,
    journey,
    journey_acts,
    pay,
    public,
    returns,
    supplies,
    writing,
)

MODULES = (
    public,
    basket,
    checkout,
    journey,
    journey_acts,
    arrivals,
    finding,
    account,
    delay,
    returns,
    supplies,
    pay,
    hooks,
    writing,
)

urlpatterns: list[URLPattern | URLResolver] = [pattern for module in MODULES for pattern in module.urlpatterns]
