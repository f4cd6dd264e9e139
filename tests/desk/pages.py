"""What every page of the desk must be: a list of them, with a shop in which each has something to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from onorder.actions import amending, answers, deliveries, orders, packing, payments, purchasing, shipping
from onorder.models import Shop
from onorder.queries.quote import quote
from onorder.queue import setup as settings

#: Paths that a browser looks at. A page that needs something of its own brings it in `furnish`.
PAGES = [
    *("/", "/queue", "/queue?by=supplier", "/queue?by=supplier&open=ACME", "/queue?show=late", "/queue/{line}"),
    *("/buffers", "/buffers/ACME/hold-for", "/search?q=t"),
    *("/catalogue", "/catalogue/TEA", "/catalogue/TEA/edit", "/catalogue/TEA/count", "/catalogue/TEA/terms"),
    *("/catalogue/TEA/offer?supplier=ACME", "/catalogue/MUG/offer/end?supplier=ACME", "/catalogue/TEA/offer"),
    *("/catalogue/TEA/showing", "/catalogue/collections", "/catalogue/collections/new", "/catalogue/collections/love"),
    *("/catalogue/several?sku=TEA&sku=MUG", "/catalogue/new", "/catalogue/import"),
    *("/suppliers", "/suppliers/ACME", "/suppliers/ACME/edit", "/suppliers/ACME/policy", "/suppliers/new"),
    *("/suppliers/ACME/closing", "/suppliers/ACME/terms"),
    *("/orders", "/orders/SO-1", "/orders/SO-1/cancel", "/orders/SO-1/add", "/orders/SO-1/policy"),
    *("/orders/SO-1/address", "/orders/SO-1/take-back", "/orders/SO-1/pay", "/orders/SO-1/refund", "/orders/SO-1/note"),
    *("/orders/SO-1/swap", "/orders/SO-1/day", "/orders/SO-1/lend", "/orders/SO-2"),
    *("/receiving", "/receiving?code=mug", "/receiving?code=zebra", "/receiving/PO-1", "/receiving/blind"),
    *("/receiving/booked/{receipt}", "/parcels", "/parcels/paper", "/parcels/sent", "/parcels/sent?show=missing"),
    *(
        "/parcels/SO-1",
        "/parcels/SO-H",
        "/parcels?show=held",
        "/parcels?code=zebra",
        "/orders/SO-1/hold",
        "/orders/SO-H",
        "/orders/SO-L",
        "/orders/SO-L/not-wait",
    ),
    *("/parcels?show=packed", "/parcels/SO-P", "/parcels/SO-Q", "/orders/SO-P"),
    *("/orders?show=unpaid", "/orders/SO-U", "/orders/SO-U/give-up", "/parcels/SO-U"),
    *("/orders/new", "/customers", "/customers/{customer}", "/customers/{customer}/correct"),
    *("/customers/{customer}/messages", "/customers?show=unreached", "/settings/messages/how"),
    *("/returns", "/returns?show=way", "/returns?show=decided", "/returns/{returned}", "/returns/{returned}/label"),
    *(
        "/returns/{returned}/receive",
        "/returns/{returned}/decide/MUG",
        "/returns/{returned}/refuse/MUG",
        "/orders/SO-R/return",
    ),
    *(
        "/purchase-orders",
        "/purchase-orders?show=needs&words=nothing",
        "/purchase-orders/PO-1",
        "/purchase-orders/PO-3",
    ),
    *(
        "/purchase-orders/PO-1/answer",
        "/purchase-orders/PO-1/amend",
        "/purchase-orders/PO-1/pay",
        "/purchase-orders/PO-1/left",
    ),
    *("/purchase-orders/PO-1/close-short/ask", "/purchase-orders/PO-2/cancel/ask", "/purchase-orders/PO-2/send/ask"),
    *(
        "/refunds",
        "/refunds?show=to_cards",
        "/refunds?show=done",
        "/refunds/{payout}/paid-out",
        "/refunds/{payout}/note",
    ),
    *("/card-notices", "/card-notices?show=settled"),
    *("/settings", "/settings/shop", "/settings/terms", "/settings/locations", "/settings/integrity"),
    *("/settings/store", "/settings/payments"),
    *("/settings/messages", "/settings/messages/placed", "/settings/messages/delayed", "/settings/messages/reminder"),
    "/settings/messages/heartbeat",
    *("/settings/people", "/settings/people/owner", "/settings/people/owner/leaves", "/settings/invite"),
    *("/account", "/account/password", "/account/email", "/account/codes", "/account/codes/without"),
]


def named(pages):
    """The same paths, with the keys that this database gave."""
    from onorder.models import Customer, OrderLine, Payout, Receipt, Return

    keys = {
        name: model.objects.order_by("pk").values_list("pk", flat=True).first()
        for name, model in (("customer", Customer), ("receipt", Receipt), ("line", OrderLine), ("payout", Payout))
    }
    keys["returned"] = Return.objects.order_by("pk").values_list("number", flat=True).first()
    return [path.format(**keys) for path in pages]


def furnish(shop):
    """A shop where something is in every state."""
    from onorder.models import Collection, Product

    for sku in ("TEA", "POT", "CUP"):
        shop.sells(sku, minimum_quantity=6, order_multiple=6, breaks=((24, 280),))
    shop.supplier("MOSS")
    shop.sells("SOAP", supplier="MOSS")
    shop.sells("MUG", here=13)
    shop.order({"TEA": 5, "MUG": 2})
    shop.order({"TEA": 2, "POT": 1}, together=True)
    number = shop.raises()
    shop.order({"POT": 40, "CUP": 1})
    shop.order({"SOAP": 3, "MUG": 1})
    shop.order({"MUG": 1}, number="SO-H")
    shipping.hold("SO-H", "Address in doubt: no such street", by="dora", now=shop.now)
    closed(shop)
    late(shop)
    shop.receives(number, {"TEA": 6})
    returned(shop)
    given_back(shop)
    shop.order({"MUG": 1}, number="SO-M")
    deliveries.miss(shop.ships("SO-M")[0].number, why="not there", by="customer", now=shop.now)
    shop.raises("MOSS")
    shop.order({"SOAP": 2})
    shop.order({"TEA": 30})
    love = Collection.objects.create(slug="love", name="Love Takes Time", text="Made one by one.", is_published=True)
    love.products.add(*Product.objects.filter(handle__in=["tea", "mug"]))
    unpaid(shop)
    purchase_orders(shop, number)
    unreached(shop)


def closed(shop):
    """SO-P and SO-Q are packed; of SO-Q something was cancelled since."""
    shop.sells("BOWL", here=4)
    for order in ("SO-P", "SO-Q"):
        shop.order({"BOWL": 2}, number=order, address="1 Quay Street\nWhitby\nYO21 3PU")
        packing.pack([shipping.Parcel(order, "Post", "JD 0146")], by="wendy", now=shop.now)
    shop.cancels("SO-Q", {"BOWL": 1})


def unreached(shop):
    """Mail to the first customer comes back, and no text to the second arrives."""
    from onorder.models import Customer, Message

    first = Customer.objects.order_by("pk").first()
    why = "The mail came back: 550 5.1.1 no such user"
    Customer.objects.filter(pk=first.pk).update(email_bounced_at=shop.now, email_bounced_why=why)
    Message.objects.filter(customer=first).update(state="bounced", note=why)
    second = Customer.objects.order_by("pk")[1]
    nobody = "Nobody has this number (30005). Correct it, or write by e-mail."
    Customer.objects.filter(pk=second.pk).update(
        by_text=True, text_number="+447400123456", text_bounced_at=shop.now, text_bounced_why=nobody
    )
    told = Message.objects.filter(customer=second).first()
    Message.objects.create(
        event=told.event, kind=told.kind, customer=second, channel="text", state="bounced", note=nobody,
        carried_by=told, due_at=shop.now, is_arranged=True,
    )  # fmt: skip


def unpaid(shop):
    """SO-U is here, and leaves once it is paid."""
    shop.sells("HONEY", supplier="MOSS", here=2)
    shown = quote({"HONEY": 1}, now=shop.now).together
    buyer = orders.NewCustomer("uma", "uma@mail.example", "Uma")
    order = orders.NewOrder(
        "SO-U", buyer, [orders.NewLine("HONEY", 1)], channel="store", accepted=replace(shown, pays_by="transfer")
    )
    orders.place(order, by="storefront", now=shop.now)


def returned(shop):
    """Of one order something is on its way back, something is here, and something was taken back."""
    shop.order({"MUG": 4}, number="SO-R")
    (parcel,) = shop.ships("SO-R")
    deliveries.deliver([deliveries.Delivery(parcel.number, shop.now)], by="wendy", now=shop.now)
    shop.gets_back(shop.asks_back("SO-R", {"MUG": 2}), {"MUG": 1})
    shop.takes_back("SO-R", "MUG", 1, restock=False)


def given_back(shop):
    """Of one order money goes back at the till, and to two cards, of which one did not take it; and two payments by
    card do not add up."""
    from onorder.models import CardNotice, Payout

    shop.order({"MUG": 1}, number="SO-B", channel="store")
    for key, amount in (("cash", 300), ("stripe:pi_1", 900), ("stripe:pi_2", 800)):
        payments.capture("SO-B", amount, key=key, by="dora", now=shop.now)
    payments.refund("SO-B", 2_000, why="two were chipped", key="b", by="dora", now=shop.now)
    payments.capture("SO-B", 500, key="more", by="dora", now=shop.now)
    payments.refund("SO-B", 100, why="late", key="c", by="dora", now=shop.now)
    Payout.objects.filter(capture__key="stripe:pi_2").update(state="failed", note="expired_or_canceled_card")
    gone = {"state": "done", "done_at": shop.now, "reference": "till 17", "by": "dora"}
    Payout.objects.filter(payment__key="c").update(**gone)
    kept = {"name": "x", "at": shop.now, "heard_at": shop.now, "amount_minor": 2_500, "currency": "GBP"}
    CardNotice.objects.create(reference="evt_1", concern="unknown", **kept)
    CardNotice.objects.create(reference="evt_2", concern="disputed", note="product_not_received, 2026-03-13", **kept)
    CardNotice.objects.create(reference="evt_3", concern="too_much", settled_at=shop.now, settled_by="dora", **kept)


def late(shop):
    """By the law of the Union, the customer of SO-L is asked whether they wait two months longer."""
    Shop.objects.update(jurisdiction="EU")
    settings.changed()
    shop.order({"SOAP": 1}, number="SO-L")
    payments.capture("SO-L", 500, key="late", by="psp", now=shop.now)
    day = shop.line("SO-L", "SOAP").promised_on + timedelta(days=60)
    orders.promise_anew("SO-L", "SOAP", day, why="no fat", by="dora", now=shop.now)


def purchase_orders(shop, number):
    """The first one was answered, amended and paid for; another waits for a nod."""
    tea = answers.Said("TEA", 4, rest_on=(shop.now + timedelta(days=20)).date(), unit_cost_minor=310)
    shop.answers(number, tea, on=(shop.now + timedelta(days=8)).date())
    amending.amend(number, {"POT": 9}, why="a box more", by="ben", now=shop.now)
    payments.pay_supplier(number, 1_000, key="paid", by="ben", now=shop.now)
    draft = purchasing.raise_order("ACME", by="ben", now=shop.now)
    purchasing.hold_back(draft.number, why="look at the price", by="ben", now=shop.now)
    shop.order({"TEA": 9, "POT": 9, "CUP": 9})
