"""Every page of the desk. Each module names its own."""

from __future__ import annotations

from onorder.desk import buffers, queue, search, start

MODULES = (start, queue, buffers, search)

urlpatterns = [pattern for module in MODULES for pattern in module.urlpatterns]
