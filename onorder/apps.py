from __future__ import annotations

from django.apps import AppConfig


class OnOrderConfig(AppConfig):
    """The one Django application of the product; its tables are in `onorder.models`."""

    name = "onorder"
    verbose_name = "OnOrder"
    default_auto_field = "django.db.models.BigAutoField"
