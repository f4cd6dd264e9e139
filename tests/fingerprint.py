"""What a database holds, as one value: two are equal if and only if every row of the product's tables is."""

from __future__ import annotations

import pytest
from django.apps import apps


def fingerprint():
    return {
        model._meta.label: sorted(map(repr, model._default_manager.values_list()))
        for model in apps.get_app_config("onorder").get_models(include_auto_created=True)
    }


def refused(refusal, attempt):
    """What is said to somebody who is refused; no row has changed."""
    before = fingerprint()
    with pytest.raises(refusal) as said:
        attempt()
    assert fingerprint() == before
    return str(said.value)
