from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from onorder.garbage import collect_seldom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onorder.config.settings")
application = get_wsgi_application()
collect_seldom()
