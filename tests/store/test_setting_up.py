"""The shop says at its desk what customers see: products, collections, the store itself, and what cancelling costs."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from onorder.models import BackorderTerms, Collection, Product, Shop
from onorder.queue import setup
from onorder.rules.second_thoughts import Cancelling
from tests.looking import wrong_with
from tests.store.conftest import open_store


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def photo(kind="JPEG", size=(2_400, 1_800), **more):
    written = BytesIO()
    Image.new("RGB", size, "teal").save(written, kind, **more)
    return SimpleUploadedFile("my tea.jpg", written.getvalue())


def shown(owner, **said):
    return owner.post("/catalogue/TEA/show", {"is_published": "on", "text": "", "exemption": "", **said}, follow=True)


# A product.


def test_a_product_gets_a_text_and_a_picture_that_is_made_small(store, owner, client, media):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera of hers"  # Turned, and with a word in it.
    shown(owner, text="From one garden.", exemption="perishable", photo=photo(exif=exif))
    tea = Product.objects.get(handle="tea")
    assert (tea.text, tea.exemption, tea.is_published) == ("From one garden.", "perishable", True)
    with Image.open(media / tea.picture) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == ("WEBP", (900, 1_200), {})
    page = client.get("/p/tea").content.decode()
    assert f'src="/media/{tea.picture}"' in page and "From one garden." in page
    assert [file.name for file in media.iterdir()] == [tea.picture]


@pytest.mark.parametrize(
    "file", [SimpleUploadedFile("a.jpg", b"<svg onload=alert(1)>"), photo("GIF", (9, 9)), photo("PNG", (9_000, 9_000))]
)
def test_what_is_no_picture_or_too_large_is_refused_with_a_word(store, owner, media, file):
    said = shown(owner, text="New.", photo=file).content.decode()
    assert "cannot be read as a picture" in said or "has too many pixels" in said
    assert Product.objects.get(handle="tea").text == "" and not media.exists()


def test_a_picture_stays_until_another_comes_or_it_is_taken_away_and_there_is_a_way_back(store, owner):
    shown(owner, photo=photo())
    first = Product.objects.get(handle="tea").picture
    shown(owner, text="New.")
    assert Product.objects.get(handle="tea").picture == first
    answer = shown(owner, no_picture="on")
    assert Product.objects.get(handle="tea").picture == ""
    way_back = next(iter(answer.context["messages"])).extra_tags
    owner.post(way_back)
    tea = Product.objects.get(handle="tea")
    assert (tea.picture, tea.text) == (first, "New.")


def test_a_hidden_product_is_read_afresh_by_everybody(store, owner, client):
    before = Shop.objects.get().revision
    owner.post("/catalogue/TEA/show", {"text": "", "exemption": ""})
    assert client.get("/p/tea").status_code == 404 and client.get("/badge/TEA.json").status_code == 404
    assert Shop.objects.get().revision != before


# Collections.


def said_of(**more):
    return {"name": "Slow Mornings", "slug": "", "text": "Two lines.", "position": "2", "is_published": "on", **more}


def test_a_collection_is_made_filled_by_ticking_and_seen(store, owner, client):
    new = said_of(shown=["tea", "mug"], product=["tea"])
    assert (
        "Slow Mornings is saved, with 1 product."
        in owner.post("/catalogue/collections/add", new, follow=True).content.decode()
    )
    page = client.get("/c/slow-mornings").content.decode()
    assert "Tea" in page and "Mug" not in page
    more = said_of(slug="slow-mornings", shown=["mug"], product=["mug"])
    owner.post("/catalogue/collections/slow-mornings/put", more)
    found = Collection.objects.get(slug="slow-mornings").products
    assert set(found.values_list("handle", flat=True)) == {"tea", "mug"}  # What was not shown stays.
    owner.post("/catalogue/collections/slow-mornings/put", said_of(slug="slow", shown=["tea", "mug"], product=["mug"]))
    assert list(Collection.objects.get(slug="slow").products.values_list("handle", flat=True)) == ["mug"]


@pytest.mark.parametrize("slug", ["love", "new", "add", "?!"])
def test_an_address_is_its_own(store, owner, slug):
    answer = owner.post("/catalogue/collections/add", said_of(slug=slug))
    assert "address" in answer.context["form"].errors["slug"][0]
    assert Collection.objects.count() == 1


def test_products_are_found_by_their_names(store, owner):
    page = owner.get("/catalogue/collections/new?words=mu").content.decode()
    assert 'value="mug"' in page and 'value="tea"' not in page
    assert 'value="tea" checked' in owner.get("/catalogue/collections/love?words=mu").content.decode()


def test_who_changed_it_meanwhile_is_not_overwritten(store, owner):
    form = owner.get("/catalogue/collections/love").context["form"]
    Collection.objects.update(name="Love Needs Time")
    owner.post("/catalogue/collections/love/put", said_of(slug="love", seen=form.seen))
    assert Collection.objects.get().name == "Love Needs Time"


# The store.


def test_the_store_is_opened_with_a_law_and_words(store, owner, client):
    Shop.objects.update(is_store_open=False)
    before = setup.current()
    said = {"is_store_open": "on", "jurisdiction": "EU", "store_text": "Hello.", "imprint": "Us", "terms_text": ""}
    answer = owner.post("/settings/store/set", said, follow=True)
    assert "The store is open." in answer.content.decode()
    assert "Hello." in client.get("/store").content.decode()
    assert before.law is None and setup.current().law.code == "EU"
    owner.post(next(iter(answer.context["messages"])).extra_tags)
    assert client.get("/store").status_code == 404 and setup.current().law is None


def test_words_alone_leave_what_promises_are_made_from(store, owner):
    before = Shop.objects.get().revision
    owner.post("/settings/store/set", {"is_store_open": "on", "jurisdiction": "NONE", "store_text": "Hello."})
    assert (Shop.objects.get().store_text, Shop.objects.get().revision) == ("Hello.", before)


# What cancelling costs.


def terms(**more):
    return {"accept": "", "cap": "", "deposit": "", "longest_wait_days": "", "returns": "", "cancelling": "", **more}


def test_what_cancelling_costs_is_a_term_like_the_others(store, owner, client):
    owner.post("/settings/terms/set", terms(cancelling="fee_after", cancel_fee="12.5"))
    owner.post("/catalogue/TEA/terms/set?scope=product", terms(cancelling="final_sale"))
    tea, mug = (setup.current().terms(None, Product.objects.get(handle=handle).pk, 0) for handle in ("tea", "mug"))
    assert (tea.cancelling, tea.cancel_fee_basis_points, tea.origin.cancelling) == (Cancelling.FINAL_SALE, 1_250, 2)
    assert (mug.cancelling, mug.origin.cancelling, mug.origin.cancel_fee_basis_points) == (Cancelling.FEE_AFTER, 0, 0)
    page = owner.get("/catalogue/MUG").content.decode()
    assert "Free until the supplier has it, then for a fee (12.5 %)" in page


def test_a_fee_says_how_much(store, owner):
    answer = owner.post("/settings/terms/set", terms(cancelling="fee_after"))
    assert "Write which part of the price it costs." in answer.content.decode()
    assert not BackorderTerms.objects.exclude(cancelling="").exists()


def test_setting_the_terms_of_several_leaves_what_cancelling_costs(store, owner):
    store.terms(sku="TEA", cancelling=Cancelling.FEE_AFTER, cancel_fee_basis_points=700)
    answer = owner.post("/catalogue/several/set", {"skus": "TEA\nMUG", "accept": "never"}, follow=True)
    for _again in range(2):
        found = BackorderTerms.objects.get(variant__sku="TEA")
        assert (found.cancelling, found.cancel_fee_basis_points) == ("fee_after", 700)
        owner.post(next(iter(answer.context["messages"])).extra_tags)
    assert BackorderTerms.objects.get(variant__sku="TEA").accept == ""


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_the_forms_fit_and_are_accessible(lasting_shop, opens, width, scheme):
    lasting_shop.sells("TEA")
    lasting_shop.sells("MUG", here=9)
    open_store()
    page = opens("/settings/store", width=width, scheme=scheme)
    home = page.url.removesuffix("/settings/store")
    wrong = []
    for path in ("/settings/store", "/catalogue/TEA/showing", "/catalogue/collections", "/catalogue/collections/love"):
        page.goto(home + path)
        wrong += wrong_with(page, path)
    assert not wrong, "\n".join(wrong)
