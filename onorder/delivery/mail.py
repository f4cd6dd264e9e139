"""Messages as e-mail: a letter as text and as HTML, both complete, with what belongs to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from email.utils import format_datetime, formataddr, parseaddr

import mrml
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac

from onorder import access
from onorder.delivery import digest, documents, to_customers, to_suppliers
from onorder.delivery.letters import Letter, Words, clean, speaking
from onorder.delivery.paying import is_bill
from onorder.errors import OnOrderError
from onorder.queries import messages
from onorder.queries.messages import CustomerNews, News
from onorder.rules.wording import PLACEHOLDERS

#: A mail loads no fonts: whose server gave them would learn who reads it.
_NOTHING_FROM_ELSEWHERE = mrml.RenderOptions(fonts={})


class NoAddress(OnOrderError):
    code = "no_address"
    sentence = "Message {message} has no e-mail address to go to, or not one that is valid."
    remedy = "Correct the address of its recipient."


def compose(message_ids: Collection[int]) -> list[EmailMultiAlternatives]:
    """The e-mails for these messages (by primary key), in the order given. Nine statements, for one and for hundreds.

    Raises:
        NotFound: there is no such message.
        NoAddress: one of the recipients has no valid address.
        NoSuchText: one is of a kind that nothing is ever said of.
    """
    return [write(news) for news in messages.news(message_ids)]


def write(news: News) -> EmailMultiAlternatives:
    """The e-mail for one message; no statement.

    Written twice, it is the same mail: the same words, `Date` and `Message-ID`.

    Raises:
        NoAddress, NoSuchText: as in `compose`.
    """
    with speaking((news.to.language, news.shop.locale), news.shop.day(news.at)) as words:
        written = said(news, words, link)
        mail = EmailMultiAlternatives(
            subject=written.subject,
            body=_text(written),
            from_email=settings.BOUNCES_TO or _from(news),  # The envelope's: what cannot be delivered goes back to it.
            to=[_to(news)],
            reply_to=_reply_to(news),
            headers={
                "From": _from(news),
                "Message-ID": message_id(news),
                "Date": _rfc_date(news),
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "All",
            },
        )
        mail.attach_alternative(_html(written, words), "text/html")
        if not isinstance(news, CustomerNews) and news.kind in to_suppliers.WITH_PAPERS:
            name = clean(news.paper.number).replace("/", "-") or "purchase-order"
            mail.attach(f"{name}.pdf", documents.pdf(news.paper), "application/pdf")
            mail.attach(f"{name}.csv", documents.csv_text(news.paper).encode("utf-8-sig"), "text/csv")
    return mail


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as its recipient reads it."""

    subject: str
    text: str
    html: str


def preview(news: News) -> Preview:
    """The words of a message, for somebody who looks at them here: to no address, with nothing attached. No statement.

    Its link leads to where customers find their order: whoever had theirs could cancel it.

    Raises:
        NoSuchText: as in `compose`.
    """
    with speaking((news.to.language, news.shop.locale), news.shop.day(news.at)) as words:
        written = said(news, words, finding)
        return Preview(written.subject, _text(written), _html(written, words))


def letter(news: News) -> Letter:
    """What a message says, before it is text and HTML, for somebody who looks at it here. No statement.

    Raises:
        NoSuchText: as in `compose`.
    """
    with speaking((news.to.language, news.shop.locale), news.shop.day(news.at)) as words:
        return said(news, words, finding)


def said(news: News, words: Words, leads: Callable[[News], str]) -> Letter:
    """What a message says in the language that is spoken. No statement.

    Args:
        leads: `link`, or `finding` for those who only look at it.

    Raises:
        NoSuchText: as in `compose`.
    """
    if not isinstance(news, CustomerNews):
        return to_suppliers.letter(news, words, leads(news))
    if news.also:
        return digest.letter(news, words, leads)
    return to_customers.letter(news, words, leads(news))


def values(news: News) -> dict[str, str]:
    """What stands in this message for the names that a shop's own text of its kind may use. No statement."""
    with speaking((news.to.language, news.shop.locale), news.shop.day(news.at)) as words:
        known = to_customers.values(news, words) if isinstance(news, CustomerNews) else to_suppliers.values(news, words)
    return {name: known[name] for name in PLACEHOLDERS[news.kind]}


def spoken(news: News) -> str:
    """The language that a message is in."""
    with speaking((news.to.language, news.shop.locale), news.shop.day(news.at)) as words:
        return words.locale.language


def message_id(news: News) -> str:
    """The same for every attempt, and no other message's: `mail_id`, and the domain that the shop sends from."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{mail_id(news)}@{domain}>"


def mail_id(news: News) -> str:
    """What a mail is known by to whoever has it: 32 hexadecimal digits.

    Made of the message, its event and the event's instant, with the secret of this installation: nobody else's message
    shares it, nobody can guess it, and it tells nobody how many messages there were.
    """
    told = f"{news.message}/{news.event}/{news.at.isoformat()}"
    return salted_hmac("onorder.mail", told, algorithm="sha256").hexdigest()[:32]


def link(news: News) -> str:
    """Where the customer follows the order, answers, pays, or sends something back; where the supplier says that it has
    left.

    The same each time it is written.
    """
    if not isinstance(news, CustomerNews):
        return access.supply(news.paper.id, news.shop.day(news.at)) if news.kind in to_suppliers.WITH_PAPERS else ""
    order, on = news.order.key, news.shop.day(news.at)
    if any(change.silence for change in news.changes):
        return access.delay(order, on)
    if is_bill(news):
        return access.pay(order, on)
    match news.kind:
        case "account":
            return access.account(news.event, news.at)
        case "return_requested":
            return access.send_back(order, on, news.back)
        case "delivered" | "return_received":
            return access.send_back(order, on)
        case _:
            return access.journey(order, on)


def finding(news: News) -> str:
    """Where any customer finds their order, for those who only look at the message."""
    return access.address("find") if isinstance(news, CustomerNews) else ""


def _text(letter: Letter) -> str:
    """The letter as plain text, with one empty line where any are.

    Its template escapes nothing, so in a page it is not safe; joining takes the mark off that says it is.
    """
    written = "".join((render_to_string("delivery/letter.txt", {"letter": letter}),))
    return re.sub(r"\n{3,}", "\n\n", written)


def _html(letter: Letter, words: Words) -> str:
    lang = str(words.locale).replace("_", "-")
    written = render_to_string("delivery/letter.mjml", {"letter": letter, "lang": lang})
    return str(mrml.to_html(written, render_options=_NOTHING_FROM_ELSEWHERE).content)


def _from(news: News) -> str:
    return formataddr((clean(news.shop.name), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


def _to(news: News) -> str:
    try:
        validate_email(news.to.email)
    except ValidationError:
        raise NoAddress(message=news.message) from None
    return formataddr((clean(news.to.name), news.to.email))


def _reply_to(news: News) -> list[str] | None:
    return [formataddr((clean(news.shop.name), news.shop.email))] if news.shop.email else None


def _rfc_date(news: News) -> str:
    """When the message was written: with its event, and not when the server was there to take it."""
    return format_datetime(news.at)
