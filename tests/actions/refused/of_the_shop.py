"""What Charlie tries with the shop, its people, its texts and its catalogue, and what he must be told."""

from __future__ import annotations

from onorder.actions import catalog, messages, people
from onorder.actions import shop as shops
from onorder.rules.entering import CodeAskedOf
from onorder.rules.lifecycle import Accept
from onorder.rules.second_thoughts import Cancelling
from onorder.rules.terms import Terms
from onorder.rules.wording import Texts
from tests.actions.refused.charlie import WHO, settings, some_messages

TRIES = {
    # Messages.
    "a text for nothing": (lambda: messages.write_text("rumour", "en", Texts("x"), **WHO), "no kind of message rumour"),
    "a text with a hole": (
        lambda: messages.write_text("placed", "en", Texts(headline="{nmae}"), **WHO),
        "nothing to put in for {nmae}",
    ),
    "no text in no language": (lambda: messages.reset_text("placed", "de-AT", **WHO), "no language de-AT"),
    "silence nowhere": (lambda: messages.keep_in_touch("MOON", **WHO), "no location MOON"),
    "to send again what nobody wrote": (lambda: messages.queue_again([10**9], **WHO), "no message 1000000000"),
    "to send again what did not fail": (
        lambda: messages.queue_again(some_messages(kind="placed"), **WHO),
        "is queued, so it cannot be queued again",
    ),
    "to send again what was sent again": (
        lambda: messages.queue_again(some_messages(state="failed"), **WHO),
        "is overtaken: PO-1 was sent again",
    ),
    # People.
    "to invite nobody": (lambda: people.invite(" ", "x@shop.example", ["buyer"], **WHO), "has no name"),
    "to invite to nothing": (lambda: people.invite("Wendy", "w@shop.example", [], **WHO), "none that there is"),
    "to invite as a king": (lambda: people.invite("Wendy", "w@shop.example", ["king"], **WHO), "none that there is"),
    "to invite twice": (lambda: people.invite("Ben", "BEN@shop.example", ["buyer"], **WHO), "works here already"),
    "a link for nobody": (lambda: people.hand_out_link("nobody", **WHO), "no person nobody"),
    "a link for who has left": (lambda: people.hand_out_link("dora", **WHO), "no person dora"),
    "no owner any more": (lambda: people.set_roles("alice", ["buyer"], **WHO), "Alice is the last owner"),
    "to send the last owner away": (lambda: people.deactivate("alice", **WHO), "Alice is the last owner"),
    "to let nobody in again": (lambda: people.reactivate("nobody", **WHO), "no person nobody"),
    "an account without a name": (lambda: people.set_account("ben", " ", "", people.Ways(), **WHO), "has no name"),
    "somebody else's address": (
        lambda: people.set_account("ben", "Ben", "alice@shop.example", people.Ways(), **WHO),
        "works here already",
    ),
    "a zone of nowhere": (lambda: people.Ways(time_zone="Moon/Base"), "'Moon/Base' is not known"),
    "a password for who has left": (lambda: people.set_password("dora", "x", **WHO), "no person dora"),
    "to enter after leaving": (lambda: people.enter("dora", **WHO), "no person dora"),
    "to enter with a used code": (lambda: people.enter("alice", step=5, **WHO), "This code was used already."),
    "to enter with no recovery code": (lambda: people.enter("alice", recovery="x", **WHO), "was used already"),
    "codes for nobody": (lambda: people.turn_on_codes("nobody", "s", 1, [], **WHO), "no person nobody"),
    "no codes for nobody": (lambda: people.turn_off_codes("nobody", **WHO), "no person nobody"),
    "recovery from nothing": (lambda: people.renew_recovery_codes("ben", [], **WHO), "no second factor of ben"),
    "to log nobody out": (lambda: people.end_sessions("nobody", **WHO), "no person nobody"),
    "to lift no lockout": (lambda: people.lift_lockout(10**9, **WHO), "no lockout"),
    "sessions for ever": (lambda: people.set_entry(CodeAskedOf.NOBODY, 10_000, **WHO), "not a number of days"),
    # The shop.
    "a transfer to nowhere": (
        lambda: shops.set_payment_ways(shops.PaymentWays(True), **WHO),
        "nobody would know where to",
    ),
    "an hour that is none": (
        lambda: shops.set_message_ways(shops.MessageWays(gathers_at=24), **WHO),
        "24 is none of the day",
    ),
    "a shop that never works": (lambda: shops.OpenDays(""), "open on no day of the week"),
    "holidays of nowhere": (lambda: shops.OpenDays("0", "ZZ"), "no public holidays are known"),
    "settings without a name": (lambda: shops.set_settings(settings(" "), **WHO), "has no name"),
    "a location twice": (lambda: shops.add_location("main", "Again", **WHO), "a location main already"),
    "a location without a name": (lambda: shops.add_location("NORTH", " ", **WHO), "no code or no name"),
    "a second shop": (lambda: shops.open_shop(shops.NewShop("B", "GBP"), **WHO), "has a shop already"),
    "terms of two things": (lambda: shops.set_terms(Terms(), sku="TEA", product="tea", **WHO), "more than one scope"),
    "a fee of nothing": (
        lambda: shops.set_terms(Terms(cancelling=Cancelling.FEE_AFTER), **WHO),
        "no fee for cancelling",
    ),
    "a cap of nothing": (lambda: shops.set_terms(Terms(accept=Accept.CAPPED), **WHO), "without a cap"),
    "terms of the unknown": (lambda: shops.set_terms(Terms(), sku="NO", **WHO), "no SKU NO"),
    "terms of several that are unknown": (
        lambda: shops.set_terms_of_skus({"TEA": Terms(cap=1), "NO": Terms()}, **WHO),
        "no SKU NO",
    ),
    "several capped without a cap": (
        lambda: shops.set_terms_of_skus({"TEA": Terms(accept=Accept.CAPPED)}, **WHO),
        "without a cap",
    ),
    # The catalogue.
    "no barcode": (lambda: catalog.attach_barcode("TEA", " ", **WHO), "is no barcode"),
    "a barcode of nothing": (lambda: catalog.attach_barcode("NO", "1", **WHO), "no SKU NO"),
    "a price below zero": (lambda: catalog.NewVariant("A", "a", "A", -1, "GBP"), "negative price"),
    "a barcode of another": (
        lambda: catalog.put_variants([catalog.NewVariant("A", "a", "A", 1, "GBP", barcode="111")], **WHO),
        "has the barcode 111 of TIN",
    ),
    "one barcode twice": (
        lambda: catalog.put_variants([catalog.NewVariant(s, "a", "A", 1, "GBP", barcode="9") for s in "AB"], **WHO),
        "has the barcode 9 of A",
    ),
}
