"""Messages as text messages: the news in a sentence or two, and one link to all the rest."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from onorder import access
from onorder.delivery import mail, to_customers
from onorder.delivery.letters import Letter, Words, clean, speaking
from onorder.delivery.texting import Text
from onorder.errors import OnOrderError
from onorder.queries.messages import CustomerNews, News
from onorder.rules import texts

#: Two texts of a phone's alphabet hold 306.
MOST_LETTERS = 300


class NoNumber(OnOrderError):
    code = "no_number"
    sentence = "Message {message} has no phone number to go to."
    remedy = "Correct how its recipient is written to."


def write(news: News) -> Text:
    """The text message for one message; no statement. Written twice, it is the same.

    Raises:
        NoNumber: its recipient has no number, or is a supplier.
        NoSuchText: nothing is ever said of its kind.
    """
    if not isinstance(news, CustomerNews) or not news.number:
        raise NoNumber(message=news.message)
    hears_at = access.address("store.texts", str(news.message))
    sender = texts.sender(news.shop.name)
    return Text(news.number, _written(news, _leads), sender, mail.mail_id(news), news.at, hears_at)


def preview(news: CustomerNews) -> str:
    """What it says, for somebody who looks at it here; its link leads to where customers find their order.

    Raises:
        NoSuchText: as in `write`.
    """
    return _written(news, mail.finding)


def _leads(news: News) -> str:
    """Where the order is found by its number and the e-mail address of whoever ordered it. Nobody has shown that the
    number is theirs, so it does not open the order by itself; for want of an address it must.
    """
    if not isinstance(news, CustomerNews) or not news.to.email:
        return mail.link(news)
    where = mail.finding(news)
    return f"{where}?{urlencode({'order': news.order.number})}" if where else ""


def _written(news: CustomerNews, leads: Callable[[News], str]) -> str:
    with speaking((news.to.language, news.shop.locale), news.shop.day(news.at)) as words:
        letter = mail.said(news, words, leads)
        shop = clean(news.shop.name)
        head = _("%(shop)s: %(news)s.") % {"shop": shop, "news": _news(news, letter, words).rstrip(".")}
        asks = any(change.silence for change in news.changes)
        link = leads(news)
        end = _("%(what)s: %(link)s") % {"what": letter.link_says, "link": link} if link and asks else link
        return texts.fitted(texts.plain(head), texts.plain(_more(news, letter)), texts.plain(end), MOST_LETTERS)


def _news(news: CustomerNews, letter: Letter, words: Words) -> str:
    """What happened: of one thing its subject, of several each in a few words, order by order."""
    if not news.also:
        return letter.subject
    by_order: dict[str, list[str]] = {}
    for one in news.told:
        what = to_customers.letter(one, words).what
        by_order.setdefault(clean(one.order.number), []).append(what)
    said = [
        _("Order %(number)s: %(what)s") % {"number": number, "what": "; ".join(dict.fromkeys(what))}
        for number, what in by_order.items()
    ]
    return ". ".join(said)


def _more(news: CustomerNews, letter: Letter) -> str:
    """What the facts say of what is here and to come; of a parcel, its number for following it."""
    if news.also:
        return ""
    tracking = clean(news.parcel.tracking) if news.parcel else ""
    follow = _("Tracking number %(tracking)s.") % {"tracking": tracking} if tracking else ""
    return " ".join(filter(None, (letter.state, follow)))
