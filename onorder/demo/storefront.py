"""The demonstration's store: three collections out of the real catalogue, with made-up words and drawn pictures."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Final

from PIL import Image, ImageDraw

from onorder.desk import pictures
from onorder.models import Collection, Product, Shop
from onorder.queue import setup

#: Products that stand in a collection.
MOST: Final = 12
_SIDE: Final = 600
#: A ground, and what is drawn on it: quiet pairs that are told apart in light and dark.
_COLOURS: Final = (
    ("#dfe7e3", "#5f7f76"),
    ("#ece3d6", "#a07a4b"),
    ("#e6dfe6", "#7d6380"),
    ("#dde4ec", "#54718f"),
    ("#efe0da", "#b06a52"),
    ("#e4e6d8", "#76804d"),
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A collection: what its products have in their names, and what is said of each of them."""

    slug: str
    name: str
    text: str
    words: tuple[str, ...]
    of_each: str


SHELVES: Final = (
    Shelf(
        "love-takes-time",
        "Love Takes Time",
        "Hearts of every kind, made for whoever gives them.\nOrder today, and know the day on which yours arrives.",
        ("heart", "love"),
        "A small sign of affection, finished by hand once it is yours.",
    ),
    Shelf(
        "for-the-long-table",
        "For the Long Table",
        "Cups, plates and jars that are fired in small batches.\nThey take a while, and stay for years.",
        ("mug", "plate", "bowl", "teapot", "cup", "jug"),
        "Glazed in small batches, so that no two are quite alike.",
    ),
    Shelf(
        "light-for-winter",
        "Light for Winter",
        "Lanterns and candles for the dark months.\nSome are here, some are on their way: each says when.",
        ("lantern", "candle", "t-light", "lamp"),
        "For the window, the table, or the step outside the door.",
    ),
)


def open_store() -> None:
    """Let customers look."""
    Shop.objects.filter(pk=1).update(
        is_store_open=True,
        jurisdiction="UK",
        store_text="Good things are worth waiting for.\n"
        "We order what you choose, and tell you the day it arrives before you pay.",
        imprint="Gifts & Sundries\nA shop that is made up, for you to look around in.",
        terms_text="What we tell you when you order is what holds. If something comes later than we said, we ask you"
        " first, and you may always have your money back.",
    )
    taken: set[int] = set()
    for position, shelf in enumerate(SHELVES, start=1):
        products = _chosen(shelf, taken)
        taken |= {product.pk for product in products}
        collection, _is_new = Collection.objects.update_or_create(
            slug=shelf.slug,
            defaults={"name": shelf.name, "text": shelf.text, "position": position, "is_published": True},
        )
        for product in products:
            product.text, product.picture = shelf.of_each, pictures.store(_drawn(product.name))
        Product.objects.bulk_update(products, ["text", "picture"])
        collection.products.set(products)
    setup.changed()


def _chosen(shelf: Shelf, taken: set[int]) -> list[Product]:
    """As many of each word as of the others, in the order of the alphabet."""
    found: list[Product] = []
    for word in shelf.words:
        named = Product.objects.filter(name__icontains=word).exclude(pk__in=taken | {one.pk for one in found})
        found += named.order_by("name", "pk")[: -(-MOST // len(shelf.words))]
    return found[:MOST]


def _drawn(name: str) -> Image.Image:
    """A pattern that is this name's alone: four by four shapes of a few kinds, on a quiet ground."""
    random = Random(sha256(name.encode()).digest())
    ground, colour = random.choice(_COLOURS)
    image = Image.new("RGB", (2 * _SIDE, 2 * _SIDE), ground)  # Drawn at twice its size, for smooth edges.
    draw = ImageDraw.Draw(image)
    cells = random.choice((3, 4, 5))
    side = 2 * _SIDE / (cells + 2)
    kind = random.choice(("disc", "half", "quarter", "ring"))
    for row in range(cells):
        for column in range(cells):
            left, top = side * (column + 1), side * (row + 1)
            _shape(draw, kind, (left, top, left + side, top + side), colour, random.randrange(4))
    return image.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)


def _shape(
    draw: ImageDraw.ImageDraw, kind: str, box: tuple[float, float, float, float], colour: str, turn: int
) -> None:
    left, top, right, bottom = box
    side = right - left
    inset = side * 0.08
    match kind:
        case "disc":
            by = inset * (1 + turn)
            draw.ellipse((left + by, top + by, right - by, bottom - by), fill=colour)
        case "ring":
            by = inset * (1 + turn / 2)
            draw.ellipse((left + by, top + by, right - by, bottom - by), outline=colour, width=round(side / 9))
        case "half":
            draw.pieslice(
                (left + inset, top + inset, right - inset, bottom - inset), 90 * turn, 90 * turn + 180, colour
            )
        case _:
            x, y = ((left, top), (right, top), (right, bottom), (left, bottom))[turn]
            draw.pieslice((x - side, y - side, x + side, y + side), 90 * turn, 90 * turn + 90, colour)
