"""A phone is a scanner, too: somebody takes a picture of a barcode, and the code in it goes the way of a scan.

A script makes the picture small before it sends it, and is told the code; without one it is a form like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any, Final

import zxingcpp
from django.http import HttpRequest, JsonResponse
from PIL import Image

from onorder.errors import BadInput
from onorder.wording.refusals import words

MOST_BYTES: Final = 15_000_000
#: More than any phone takes. Beyond it, a small file may unpack to more than there is memory for.
MOST_PIXELS: Final = 60_000_000
#: What is unpacked at once; a JPEG of more is read at a half, a quarter or an eighth of its size.
MOST_UNPACKED: Final = 25_000_000
#: Enough for a barcode that fills a third of the picture; each doubling takes four times as long.
LONGEST_SIDE: Final = 2_000
_KINDS: Final = ("JPEG", "PNG", "WEBP")
_MOST_CODES: Final = 5


def is_for_script(request: HttpRequest) -> bool:
    """Whether a script asks, which wants the code and no page."""
    return request.headers.get("Accept") == "application/json"


def told(request: HttpRequest, is_known: Callable[[str], Any]) -> JsonResponse:
    """The answer for a script: the code, or what the problem is."""
    try:
        return JsonResponse({"code": code_in(request, is_known)})
    except BadInput as refusal:
        return JsonResponse({"problem": words(refusal)})


def code_in(request: HttpRequest, is_known: Callable[[str], Any]) -> str:
    """The code in the picture that came with a form; of several, the first that is known, else the first.

    Raises:
        BadInput: there is no picture, or no code in it; or it is too large.
    """
    given = request.FILES.get("photo")
    if given is None:
        raise BadInput(what="Photo", problem="none was taken", remedy="Take one of the barcode.")
    if (given.size or 0) > MOST_BYTES:
        most = MOST_BYTES // 1_000_000
        raise BadInput(what="Photo", problem="is larger than {most} MB", remedy="Take it with fewer pixels.", most=most)
    codes = _codes(_picture(given))
    if not codes:
        raise BadInput(
            what="Photo",
            problem="no barcode can be read",
            remedy="Go closer, hold the phone straight and still, and let light fall on it.",
        )
    return next((code for code in codes if is_known(code)), codes[0])


def _codes(picture: Image.Image) -> list[str]:
    """The texts of all barcodes, as a scanner would type them."""
    found = zxingcpp.read_barcodes(picture, text_mode=zxingcpp.TextMode.Plain)
    texts = (" ".join(one.text.split())[:200] for one in found)
    return list(dict.fromkeys(text for text in texts if text))[:_MOST_CODES]


def _picture(file: IO[bytes]) -> Image.Image:
    """The picture in grey, and no larger than is good for reading."""
    try:
        with Image.open(file, formats=_KINDS) as picture:
            _check(picture, MOST_PIXELS)
            picture.draft("L", (LONGEST_SIDE, LONGEST_SIDE))
            _check(picture, MOST_UNPACKED)
            grey = picture.convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadInput(
            what="Photo", problem="cannot be read as a picture", remedy="Take a JPEG, a PNG or a WebP."
        ) from None
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return grey


def _check(picture: Image.Image, most: int) -> None:
    if picture.width * picture.height > most:
        raise BadInput(what="Photo", problem="has too many pixels", remedy="Take it with fewer pixels.")
