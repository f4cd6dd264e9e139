"""What the shop knows of those who buy."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from onorder.errors import BadInput, NotFound
from onorder.ledger.journal import Journal
from onorder.models import Customer


@transaction.atomic(durable=True)
def correct(key: int, *, name: str, email: str | None, phone: str, language: str, by: str, now: datetime) -> None:
    """Correct a customer's name, and how they are reached.

    Messages that have not left go to the new address, and no browser that was let in by the old one sees their orders
    any more.

    Args:
        email: None leaves it as it is.

    Raises:
        NotFound: there is no such customer.
        BadInput: not an e-mail address.
    """
    found = Customer.objects.select_for_update(of=("self",), no_key=True).filter(pk=key).first()
    if found is None:
        raise NotFound(what="customer", name=key)
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise BadInput(
                what="E-mail", problem="{email!r} is no address", remedy="Write one, or none.", email=email
            ) from None
    values = {"name": name.strip(), "phone": phone.strip(), "language": language.strip()}
    values |= {"email": email.strip()} if email is not None else {}
    changed = [field for field, value in values.items() if getattr(found, field) != value]
    if not changed:
        return
    for field in changed:
        setattr(found, field, values[field])
    found.save(update_fields=changed)
    journal = Journal(by=by, at=now)
    journal.record("corrected", f"customer:{key}", {"fields": changed})  # Not the values: they are personal.
    journal.write()
