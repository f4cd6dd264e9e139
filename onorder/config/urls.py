from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from onorder.desk import admin as desk_admin
from onorder.desk import entrance

desk_admin.register()
admin.site.site_header = admin.site.site_title = "OnOrder, all records"

handler404 = "onorder.desk.start.missing"

urlpatterns = [
    path("", include("onorder.store.urls")),
    path("", include("onorder.desk.urls")),
    *entrance.urlpatterns,
    path("logout", LogoutView.as_view(next_page="login"), name="logout"),
    path("admin/", admin.site.urls),
]
