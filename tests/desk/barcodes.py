"""Pictures of barcodes, as a phone would take them."""

from __future__ import annotations

import io

import zxingcpp
from PIL import Image


def barcode(text: str, kind: str = "EAN13", *, scale: int = 4) -> Image.Image:
    """A barcode on a white label."""
    drawn = memoryview(zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind)).to_image(scale=scale))
    lines = Image.frombytes("L", (drawn.shape[1], drawn.shape[0]), drawn.tobytes())
    label = Image.new("L", (lines.width + 80, lines.height + 80), 255)
    label.paste(lines, (40, 40))
    return label


def jpeg(picture: Image.Image, turned: float = 0) -> bytes:
    """As a file, turned by so many degrees."""
    out = io.BytesIO()
    picture.rotate(turned, expand=True, fillcolor=235).save(out, "JPEG", quality=80)
    return out.getvalue()
