"""Refusals in the reader's language: what actions say in English is marked for translation here."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

from onorder.errors import OnOrderError


def words(refusal: OnOrderError) -> str:
    """What is the case and what to do, in the language that is active."""
    parts = [gettext(text) for text in (refusal.sentence, refusal.remedy) if text]
    return " ".join(parts).format(**refusal.data).strip()


#: Every sentence and remedy of the product. A test holds it complete.
TEXTS = (
    gettext_noop("A brace has no partner."),
    gettext_noop("Add another supplier's offer first, so that somebody can be asked for them."),
    gettext_noop("Another order with one of these numbers or keys was placed a moment ago."),
    gettext_noop("Braces stand only around a name, such as {example}; write round brackets elsewhere."),
    gettext_noop("Check the spelling, or import it first."),
    gettext_noop("Choose it again: it is kept for an hour."),
    gettext_noop("Correct the address of its recipient."),
    gettext_noop("Count again."),
    gettext_noop("Give it another code."),
    gettext_noop("Give them one; or tell them yourself, then say so: `onorder send {number} --by-other-means`."),
    gettext_noop("It is served in its turn."),
    gettext_noop("Its parcels go in their turn."),
    gettext_noop("Look at it again: somebody may have been faster."),
    gettext_noop("Look at it, and give this one a number of its own."),
    gettext_noop("Look for them among the people, or give another address."),
    gettext_noop("Make somebody else an owner first."),
    gettext_noop("Message {message} has no e-mail address to go to, or not one that is valid."),
    gettext_noop("Message {message} is overtaken: {number} was sent again, answered or called off since."),
    gettext_noop("No unit of {sku} can be lent to {number}: {why}."),
    gettext_noop("Nothing has left. Put the parcel right, and pack it again."),
    gettext_noop("Nothing leaves while it is held: {held}."),
    gettext_noop("Nothing of {numbers} may go yet."),
    gettext_noop("Nothing waits in the buffer of {supplier}."),
    gettext_noop("Nothing was done. Look at it again, then decide."),
    gettext_noop("Nothing was stored."),
    gettext_noop("Only {on_hand} units of {sku} are here, so {wanted} cannot go."),
    gettext_noop("Order {number} has {open} units of {sku} that can still be cancelled, not {wanted}."),
    gettext_noop("Order {number} has {out} units of {sku} with the customer, so {wanted} cannot come back."),
    gettext_noop("Order {number} waits for {waiting} units of {sku}, not {wanted}."),
    gettext_noop("Order {number} holds {held} {currency} (in minor units), so {amount} cannot be refunded."),
    gettext_noop("Order {number} is held already: {why}."),
    gettext_noop("Order {number} is not held."),
    gettext_noop("Put it into one."),
    gettext_noop("Put {placeholder} into it."),
    gettext_noop("Receive it without a purchase order, or take it off the count."),
    gettext_noop("Refund at most what is held."),
    gettext_noop("Release it first, or write what is new in a note."),
    gettext_noop("Run `onorder init` (or `onorder demo` for one with data)."),
    gettext_noop("Shorten it."),
    gettext_noop("Somebody with the e-mail address {email} works here already."),
    gettext_noop("Supplier {supplier} has no e-mail address, so nobody would tell them of {number}."),
    gettext_noop("The file is no longer here."),
    gettext_noop("The subject does not say which order it is about."),
    gettext_noop("The {part} has more than one line."),
    gettext_noop("The {part} has {length} characters; {most} fit."),
    gettext_noop("Their units are not here, or the orders ship together; see `onorder queue`."),
    gettext_noop("There is a location {location} already."),
    gettext_noop("There is no text for a message of the kind {kind}."),
    gettext_noop("There is no {what} {name}."),
    gettext_noop("This code was used already."),
    gettext_noop("This database has a shop already: {name}."),
    gettext_noop("This database has no shop yet."),
    gettext_noop("This message has nothing to put in for {placeholder}."),
    gettext_noop("Use another database, or change the settings of this one."),
    gettext_noop("Use one of {known}, or write it out."),
    gettext_noop("Wait for the next one."),
    gettext_noop("What came after it has messages of its own."),
    gettext_noop("What has not been shipped is cancelled instead."),
    gettext_noop("What is already on order covers every customer."),
    gettext_noop("What was packed of {number} is not what may go any more: that is {contents}."),
    gettext_noop("What is set aside already is cancelled, and the other added."),
    gettext_noop("What was shipped comes back as a return."),
    gettext_noop("When the reason is gone, release it; then its parcel goes in its turn."),
    gettext_noop("Write one, or do not queue it."),
    gettext_noop("{count} of {of} orders cannot be taken. {problems}"),
    gettext_noop("{name} is not what you looked at any more: {happened}."),
    gettext_noop("{name} is the last owner who can log in."),
    gettext_noop("{number} has no line for {skus}."),
    gettext_noop("{units} units of {sku} are waited for, and nobody but {supplier} offers it."),
    gettext_noop("{what} {name} is {state}, so it cannot be {step}."),
)
