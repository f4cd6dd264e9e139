"""A count in progress: kept as a draft, seen by others, gone on with on another device; and a phone as a scanner."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from onorder.desk import drafts, photos
from onorder.desk.rights import Role
from onorder.models import Counting, Receipt
from onorder.queries import counting
from tests.desk.barcodes import barcode, jpeg

EAN = "4006381333931"


@pytest.fixture
def tea(shop):
    shop.sells("TEA", supplier_sku="T-77")
    shop.sells("POT")
    shop.order({"TEA": 9, "POT": 1})
    shop.raises()
    return shop


@pytest.fixture
def wendy(log_in):
    return log_in(Role.WAREHOUSE)


@pytest.fixture
def ben(log_in):
    return log_in(Role.BUYER)


def tries(client, tea, *, key="dock:PO-1:0", device="phone", turn=1, **more):
    return client.post(
        "/receiving/PO-1/try", {"good:TEA": tea or "", "key": key, "device": device, "turn": turn, **more}
    )


def kept():
    return list(Counting.objects.order_by("pk").values_list("person__username", "device", "counts"))


def books(client, tea, key="dock:PO-1:0"):
    return client.post("/receiving/PO-1/book", {"good:TEA": tea, "key": key}, follow=True)


def test_a_draft_is_no_event_and_goes_when_it_is_booked(tea, wendy):
    before = len(tea.events("received"))
    tries(wendy, 2, **{"bad:TEA": 1, "why:TEA": "crushed"})
    assert kept() == [("warehouse", "phone", {"TEA": [2, 1, "crushed"]})]
    assert len(tea.events("received")) == before and Receipt.objects.count() == 0
    books(wendy, 2)
    assert kept() == []


def test_an_older_request_that_comes_later_changes_nothing(tea, wendy):
    tries(wendy, 3, turn=7)
    assert "HX-Trigger" in tries(wendy, 2, turn=6)
    assert kept()[0][2] == {"TEA": [3, 0, ""]}


def test_one_that_comes_after_the_booking_is_void(tea, wendy, text):
    books(wendy, 2)
    Counting.objects.create(
        purchase_order_id=Receipt.objects.get().purchase_order_id,
        person_id=wendy.session["_auth_user_id"],
        key="dock:PO-1:0",
        device="phone",
        counts={"TEA": [2, 0, ""]},
        changed_at=tea.now,
    )
    assert counting.drafts(tea.now) == []
    assert 'name="good:TEA" value=""' in wendy.get("/receiving/PO-1").content.decode()
    tries(wendy, 1, key="dock:PO-1:1", device="tablet")
    assert kept() == [("warehouse", "tablet", {"TEA": [1, 0, ""]})]


@pytest.fixture
def meanwhile(monkeypatch):
    """`meanwhile(does)`: something happens once a page has read what it counts, and before it notes its draft."""

    def happens(does):
        def late(*noted, keep=drafts.keep):
            does()
            return keep(*noted)

        monkeypatch.setattr(drafts, "keep", late)

    return happens


def test_none_is_left_of_a_count_that_its_person_books_while_it_is_noted(tea, wendy, log_in, meanwhile):
    in_another_window = log_in(Role.WAREHOUSE)
    meanwhile(lambda: books(in_another_window, 2))
    assert tries(wendy, 2)["HX-Trigger"] == "look"
    assert kept() == [] and Receipt.objects.count() == 1


def test_it_is_left_if_somebody_else_books_meanwhile(tea, wendy, ben, meanwhile):
    meanwhile(lambda: books(ben, 2))
    tries(wendy, 3)
    assert kept() == [("warehouse", "phone", {"TEA": [3, 0, ""]})]
    assert "HX-Trigger" in tries(wendy, 3)  # The page then asks what was booked.


def test_another_device_does_not_write_over_it_unasked(tea, wendy):
    tries(wendy, 3)
    assert "HX-Trigger" in tries(wendy, 1, device="tablet")
    assert kept()[0][1:] == ("phone", {"TEA": [3, 0, ""]})
    assert "HX-Trigger" not in tries(wendy, 4, device="tablet", takes="phone")
    assert kept()[0][1:] == ("tablet", {"TEA": [4, 0, ""]})


def test_without_script_it_is_filled_in_and_a_refusal_keeps_it(tea, wendy):
    tries(wendy, 3)
    page = wendy.get("/receiving/PO-1").content.decode()
    assert 'name="good:TEA" value="3"' in page and "You counted 3 units on another device just now." in page
    wendy.post("/receiving/PO-1/book", {"good:TEA": "11", "key": "dock:PO-1:0"})  # More than ordered: it asks.
    assert kept() == [("warehouse", "plain", {"TEA": [11, 0, ""]})]
    assert 'name="good:TEA" value="12"' in wendy.get("/receiving/PO-1?count=TEA").content.decode()


def test_others_see_who_counts_for_ten_minutes(tea, wendy, ben, text):
    tries(wendy, 3)
    assert "warehouse counts this order, too: 3 units so far." in text(ben, "/receiving/PO-1")
    assert "counts this order, too" not in text(wendy, "/receiving/PO-1")
    assert "warehouse is counting: 3 units so far" in text(ben, "/receiving")
    assert "You have counted 3 units: go on" in text(wendy, "/receiving")
    tea.now += timedelta(minutes=10)
    assert "counts this order, too" not in text(ben, "/receiving/PO-1")
    assert "warehouse counted 3 units 10 minutes ago, not booked yet" in text(ben, "/receiving")
    assert "You counted 3 units on another device 10 minutes ago." in text(wendy, "/receiving/PO-1")


def test_a_draft_is_kept_for_a_week(tea, wendy, ben, text):
    tries(wendy, 3)
    tea.now += timedelta(days=7)
    assert "not booked yet" not in text(ben, "/receiving")
    tries(ben, 1)
    assert [name for name, _device, _counts in kept()] == ["buyer"]


def test_what_was_booked_meanwhile_is_told_line_by_line(tea, wendy, ben):
    tries(ben, 4)
    books(wendy, 2)
    assert "HX-Trigger" in tries(ben, 5, turn=2)  # Under a key that is no longer the next: the page looks first.
    told = ben.get("/receiving/PO-1/meanwhile", {"key": "dock:PO-1:0"}).content.decode()
    plain = re.sub(r"<[^>]+>|\s+", " ", told)
    assert re.search(r"warehouse +booked 2 units of this order just now", plain)
    assert re.search(r"2 × Tea +TEA", plain)
    assert 'data-key="dock:PO-1:1"' in told and "data-own" not in told
    outstanding = json.loads(re.search(r'data-outstanding="([^"]+)"', told)[1].replace("&quot;", '"'))
    assert outstanding == {"POT": 1, "TEA": 7}
    assert "data-receipt" not in ben.get("/receiving/PO-1/meanwhile", {"key": "dock:PO-1:1"}).content.decode()
    assert "data-own" in wendy.get("/receiving/PO-1/meanwhile", {"key": "dock:PO-1:0"}).content.decode()


@pytest.mark.parametrize("key", ["", "dock:PO-1:²", "dock:PO-1:-1", "dock:PO-1:" + "9" * 40])
def test_a_key_that_is_none_tells_nothing(tea, wendy, ben, key):
    books(wendy, 2)
    assert "data-receipt" not in ben.get("/receiving/PO-1/meanwhile", {"key": key}).content.decode()


def test_the_list_has_a_stamp_that_a_draft_changes(tea, wendy, ben):
    def look():
        return ben.get("/receiving/look").content

    before = look()
    assert look() == before
    tries(wendy, 1)
    counted = look()
    tries(wendy, 2, turn=2)
    assert len({before, counted, look()}) == 3
    assert len(before) <= 20  # What a page takes for a stamp.


# Photos.


def sends(client, path, picture, *, script=False, **more):
    file = SimpleUploadedFile("photo.jpg", picture, content_type="image/jpeg")
    return client.post(path, {"photo": file, **more}, headers={"Accept": "application/json"} if script else {})


@pytest.mark.parametrize("turned", [0, 90, 180, 12])
def test_a_barcode_is_read_however_it_is_turned(tea, wendy, turned):
    answer = sends(wendy, "/receiving/photo", jpeg(barcode(EAN), turned), script=True)
    assert answer.json() == {"code": EAN}


def test_of_several_codes_the_one_that_is_known(tea, wendy):
    two = Image.new("L", (1000, 900), 255)
    two.paste(barcode(EAN), (50, 50))
    two.paste(barcode("TEA", "Code128"), (50, 550))
    assert sends(wendy, "/receiving/PO-1/photo", jpeg(two), script=True).json() == {"code": "TEA"}


def test_without_script_a_photo_keeps_the_count_and_adds_one(tea, wendy):
    form = {"good:POT": "1", "key": "dock:PO-1:0"}
    answer = sends(wendy, "/receiving/PO-1/photo", jpeg(barcode("T-77", "Code128")), **form)
    assert answer["Location"] == "/receiving/PO-1?count=TEA"
    page = wendy.get(answer["Location"]).content.decode()
    assert 'name="good:TEA" value="1"' in page and 'name="good:POT" value="1"' in page


def test_without_script_an_unknown_code_is_named_and_can_be_noted(tea, wendy, text):
    answer = sends(wendy, "/receiving/PO-1/photo", jpeg(barcode(EAN)), key="dock:PO-1:0")
    assert answer["Location"] == f"/receiving/PO-1?read={EAN}"
    assert f"Nothing on this order is called {EAN}. Which product is it?" in text(wendy, answer["Location"])
    assert f'name="barcode" value="{EAN}"' in wendy.get(answer["Location"]).content.decode()


def test_without_script_a_photo_opens_what_has_the_code(tea, wendy):
    answer = sends(wendy, "/receiving/photo", jpeg(barcode("TEA", "Code128")))
    assert answer["Location"] == "/receiving?code=TEA"


def test_without_script_a_photo_counts_among_what_nobody_ordered(tea, wendy):
    form = {"sku": ["tea", "pot"], "units": ["2", ""], "key": "b"}
    page = sends(wendy, "/receiving/blind/photo", jpeg(barcode("TEA", "Code128")), **form).content.decode()
    assert re.search(r'value="tea".*?name="units" value="3"', page, re.DOTALL)
    assert 'name="key" value="b"' in page


def test_a_photo_without_a_barcode_says_what_to_do(tea, wendy):
    answer = sends(wendy, "/receiving/PO-1/photo", jpeg(Image.new("L", (600, 400), 200)), script=True)
    problem = "Photo: no barcode can be read. Go closer, hold the phone straight and still, and let light fall on it."
    assert answer.json() == {"problem": problem}
    followed = wendy.post("/receiving/photo", {}, follow=True, headers={"Referer": "http://testserver/receiving"})
    assert "none was taken" in followed.content.decode()


@pytest.mark.parametrize(
    "picture", [b"", b"GIF89a", b"\xff\xd8\xff\xe0 no picture", b"<svg/>", jpeg(barcode(EAN))[:900]]
)
def test_what_is_no_picture_is_refused(tea, wendy, picture):
    answer = sends(wendy, "/receiving/photo", picture, script=True)
    assert answer.json()["problem"].startswith("Photo: ")


def test_what_is_too_large_is_refused_before_it_is_unpacked(tea, wendy, monkeypatch):
    def large(side):
        out = io.BytesIO()
        Image.new("1", (side, side)).save(out, "PNG")
        return out.getvalue()

    monkeypatch.setattr(Image.Image, "convert", lambda *_: pytest.fail("it was unpacked"))
    for side in (5_100, 8_000, 10_000):  # Beyond ours, and where Pillow itself warns.
        problem = sends(wendy, "/receiving/photo", large(side), script=True).json()["problem"]
        assert problem.startswith("Photo: ")
    monkeypatch.setattr(photos, "MOST_BYTES", 1_000)
    assert "is larger than" in sends(wendy, "/receiving/photo", jpeg(barcode(EAN)), script=True).json()["problem"]


def test_a_photo_of_a_phone_is_read_at_a_part_of_its_size(tea, wendy):
    """A JPEG of 48 million pixels never stands in memory as such."""
    huge = Image.new("L", (8_000, 6_000), 255)
    huge.paste(barcode(EAN, scale=40), (1_500, 1_500))
    assert sends(wendy, "/receiving/photo", jpeg(huge), script=True).json() == {"code": EAN}
