from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import path

from onorder.desk import admin as desk_admin
from onorder.desk.login import Login
from onorder.desk.start import health, start

desk_admin.register()
admin.site.site_header = admin.site.site_title = "OnOrder, all records"

urlpatterns = [
    path("", start, name="start"),
    path("login", Login.as_view(), name="login"),
    path("logout", LogoutView.as_view(next_page="login"), name="logout"),
    path("healthz", health, name="health"),
    path("admin/", admin.site.urls),
]
