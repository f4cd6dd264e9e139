"""Pictures of products: made small, and written again from their pixels, so that nothing else comes along."""

from __future__ import annotations

import os
import secrets
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Final

from django.conf import settings
from PIL import Image, ImageOps

from onorder.desk.photos import MOST_BYTES, MOST_PIXELS
from onorder.errors import BadInput

LONGEST_SIDE: Final = 1_200
_QUALITY: Final = 82
_KINDS: Final = ("JPEG", "PNG", "WEBP")


def keep(file: IO[bytes], size: int) -> str:
    """Keep a picture that somebody sent; the name that it is kept by, which follows from its contents.

    Raises:
        BadInput: it is too large, or no picture.
    """
    if size > MOST_BYTES:
        most = MOST_BYTES // 1_000_000
        raise BadInput(what="Picture", problem="is larger than {most} MB", remedy="Choose a smaller one.", most=most)
    return store(_small(file))


def store(picture: Image.Image) -> str:
    """Keep a picture of ours."""
    written = BytesIO()
    picture.save(written, "WEBP", quality=_QUALITY, method=4)
    contents = written.getvalue()
    name = f"{sha256(contents).hexdigest()[:16]}.webp"
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{secrets.token_hex(8)}"  # Nobody is ever served half a picture.
    unfinished.write_bytes(contents)
    os.replace(unfinished, folder / name)
    return name


def _small(file: IO[bytes]) -> Image.Image:
    try:
        with Image.open(file, formats=_KINDS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise BadInput(what="Picture", problem="has too many pixels", remedy="Choose a smaller one.")
            picture.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))  # A JPEG is read at a part of its size.
            upright = ImageOps.exif_transpose(picture)
            has_holes = upright.has_transparency_data
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return upright.convert("RGBA" if has_holes else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadInput(
            what="Picture", problem="cannot be read as a picture", remedy="Choose a JPEG, a PNG or a WebP."
        ) from None
