"""Django's admin, for superusers to look at every record and change none. What lets somebody in is not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import models
from django.http import HttpRequest

MOST_COLUMNS = 8
HIDDEN = {"customersession", "guesses", "person", "recoverycode", "session"}
SEARCHED = ("number", "sku", "code", "name", "reference", "subject", "key")


if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[Any]
else:
    _Admin = admin.ModelAdmin


class ReadOnly(_Admin):
    """Lists and shows; adds, changes and deletes nothing, for nobody."""

    ordering = ("-pk",)
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class Users(ReadOnly):
    """Who works here; people are asked in, changed and let go in the settings, where it is noted who did it."""

    list_display = ("username", "first_name", "email", "is_active", "last_login")
    search_fields = ("username", "first_name", "email")
    exclude = ("password", "user_permissions")


def register() -> None:
    """Show every table of the product."""
    if admin.site.is_registered(Group):
        admin.site.unregister([User, Group])
        admin.site.register(User, Users)
    for model in apps.get_app_config("onorder").get_models():
        if admin.site.is_registered(model) or model._meta.model_name in HIDDEN:
            continue
        own = [field for field in model._meta.concrete_fields if field.get_internal_type() != "JSONField"]
        related = [field.name for field in own if field.is_relation]
        options: dict[str, Any] = {
            "list_display": [field.name for field in own][:MOST_COLUMNS],
            "list_select_related": related,
            "search_fields": [field.name for field in own if field.name in SEARCHED],
        }
        admin.site.register(model, type(f"{model.__name__}Admin", (ReadOnly,), options))
