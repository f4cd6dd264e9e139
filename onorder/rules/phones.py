"""Phone numbers as people write them, and as text messages need them.

What is known of the world's numbers is loaded when the first one is looked at: that takes longer than most commands.
"""

from __future__ import annotations

from typing import Final

from onorder.errors import OnOrderError

_LONGEST: Final = 40


class NotAMobile(OnOrderError):
    code = "not_a_mobile"
    sentence = "That is not the number of a mobile phone."
    remedy = "Write it with its country, such as +44 7400 123456."


def mobile(written: str, region: str) -> str:
    """The number in the international form (E.164) that every provider takes.

    Args:
        written: as somebody typed it.
        region: the country (ISO 3166) that a number without one belongs to; empty for none.

    Raises:
        NotAMobile: it is no number that is given out to mobile phones.

    >>> mobile("07400 123 456", "GB"), mobile("+49 (0)1512 3456789", "GB")
    ('+447400123456', '+4915123456789')
    """
    import phonenumbers
    from phonenumbers import PhoneNumberType

    try:
        number = phonenumbers.parse(written[:_LONGEST], region or None)
    except phonenumbers.NumberParseException:
        raise NotAMobile from None
    mobile = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)  # No other: some cost a shop dearly.
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in mobile:
        raise NotAMobile
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def shown(number: str) -> str:
    """A number in international form as people read it; another as it is.

    >>> shown("+447400123456")
    '+44 7400 123456'
    """
    if not number.startswith("+"):
        return number
    import phonenumbers

    try:
        found = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def region(locale: str) -> str:
    """The country of a locale ("en_GB"); empty if it names none.

    >>> region("en_GB"), region("de")
    ('GB', '')
    """
    _, _, country = locale.replace("-", "_").rpartition("_")
    return country if len(country) == 2 and country.isupper() else ""
