"""`onorder init`, `migrate`, `createsuperuser`."""

from __future__ import annotations

from typing import Annotated

import typer
from django.core.management import call_command
from django.utils import timezone

from onorder.actions.shop import NewShop, open_shop


def init(
    name: Annotated[str, typer.Option(help="The shop's name.")] = "My shop",
    currency: Annotated[str, typer.Option(help="ISO code of the currency it sells in.")] = "EUR",
    time_zone: Annotated[str, typer.Option(help='Where it is, such as "Europe/Berlin".')] = "UTC",
    country: Annotated[str, typer.Option(help="Whose public holidays it keeps (ISO code); empty for none.")] = "",
    email: Annotated[str, typer.Option(help="Where customers' answers go.")] = "",
) -> None:
    """Create the tables and the shop."""
    migrate()
    shop = NewShop(name=name, currency=currency, time_zone=time_zone, country=country, email=email)
    open_shop(shop, by="command line", now=timezone.now())
    print(f"{name} is open. Next: `onorder import products FILE`, then suppliers, stock and orders.")


def migrate() -> None:
    """Bring the tables of the database to this version. Data stays."""
    call_command("migrate", interactive=False, verbosity=0)


def createsuperuser(
    username: Annotated[str, typer.Option(prompt=True, help="To log in with.")],
    email: Annotated[str, typer.Option(help="Optional.")] = "",
) -> None:
    """Create a user who may log in and see everything. Asks for the password, or reads DJANGO_SUPERUSER_PASSWORD."""
    import os

    unattended = "DJANGO_SUPERUSER_PASSWORD" in os.environ
    call_command("createsuperuser", username=username, email=email, interactive=not unattended)


def admit(
    username: Annotated[str, typer.Argument(help="Of somebody who lost their password, their phone, or both.")],
) -> None:
    """Let somebody in again: they are asked for no code, and get a link to choose a password. It lasts an hour.

    For when nobody who could do it in the settings gets in either. Whoever reads the link can use it.
    """
    from django.conf import settings
    from django.contrib.auth.models import User

    from onorder.actions import people
    from onorder.desk import links

    by, now = "command line", timezone.now()
    people.hand_out_link(username, by=by, now=now)
    people.turn_off_codes(username, by=by, now=now)
    origin = next(iter(settings.CSRF_TRUSTED_ORIGINS), "http://127.0.0.1:8000").rstrip("/")
    print(f"{origin}{links.path(User.objects.get(username=username), links.Purpose.RESET, now)}")


COMMANDS = {"init": init, "migrate": migrate, "createsuperuser": createsuperuser, "admit": admit}
