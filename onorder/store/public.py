"""The pages that are the same for everybody: what `onorder.config.middleware.Public` answers."""

from __future__ import annotations

from onorder.store import badge, media, shelves

urlpatterns = [*shelves.urlpatterns, *badge.urlpatterns, *media.urlpatterns]
