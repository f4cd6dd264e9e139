"""Pictures of products. Each is named after its contents, so that a browser keeps it for good."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, register_converter
from django.views.decorators.http import require_safe

_FOR_GOOD = "public, max-age=31536000, immutable"


class PictureName:
    """What `onorder.desk.pictures` names a picture; nothing else is ever opened.

    >>> import re
    >>> [bool(re.fullmatch(PictureName.regex, name)) for name in ("0123456789abcdef.webp", "../shop.webp", "a.svg")]
    [True, False, False]
    """

    regex = r"[0-9a-f]{16}\.webp"

    def to_python(self, part: str) -> str:
        return part

    def to_url(self, name: str) -> str:
        return name


register_converter(PictureName, "picture")


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """One picture."""
    try:
        file = (Path(settings.MEDIA_ROOT) / name).open("rb")
    except OSError:
        return HttpResponse("Nothing here.", status=404, content_type="text/plain")
    response = FileResponse(file, content_type="image/webp")
    response.headers["Cache-Control"] = _FOR_GOOD
    return response


urlpatterns = [path("media/<picture:name>", picture, name="store.picture")]
