"""`onorder`: the whole main job from the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import NoReturn

import typer

app = typer.Typer(
    name="onorder",
    help="The backorder system for retailers who sell before they stock.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(help=app.info.help)
def onorder() -> None:
    """A command of several, even where only the one that is called was loaded."""


def main() -> None:
    """Run the command that this process was started for."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onorder.config.settings")
    import django

    django.setup()
    from onorder.garbage import collect_seldom

    arguments = sys.argv[1:]
    _mount("".join(arguments[:1]))
    collect_seldom()
    run(arguments)


def run(arguments: Sequence[str]) -> None:
    """Run one command, and leave by SystemExit.

    Exit code 0: done; 1: refused or broken, with a sentence why; 2: bad usage. Django must be set up.
    """
    _mount("".join(arguments[:1]))
    from django.core.exceptions import ImproperlyConfigured
    from django.db import Error, OperationalError, ProgrammingError

    from onorder.errors import OnOrderError

    try:
        app(args=list(arguments), prog_name="onorder")
    except OnOrderError as refusal:
        _leave(str(refusal))
    except (OperationalError, ProgrammingError) as broken:
        if "no such table" in str(broken) or "does not exist" in str(broken):
            _leave("This database has no tables yet. Run `onorder init` first.")
        _leave(f"The database refused: {str(broken).strip()}. Look at ONORDER_DATABASE_URL, and that it is running.")
    except (Error, ImproperlyConfigured) as broken:
        _leave(f"{broken}")
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(1) from None


def _leave(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise SystemExit(1)


#: In which module each command lives, in the order in which they are listed.
_COMMANDS = {
    "demo": "demonstrating",
    **dict.fromkeys(("init", "migrate", "createsuperuser", "admit"), "setting_up"),
    "import": "imports",
    **dict.fromkeys(("fire", "approve", "send", "paper", "receive", "ship", "worker"), "jobs"),
    **dict.fromkeys(("queue", "buffers"), "showing"),
    **dict.fromkeys(("messages", "bounce"), "messaging"),
    "delivered": "carriers",
    "check": "checking",
    "serve": "serving",
    "bench": "benching",
}


def _mount(called: str) -> None:
    """Add the command that is called, or all where none is. Here, because they need the models, and those need the
    settings; and one alone, because all together take half a second to load."""
    for name in [called] if called in _COMMANDS else _COMMANDS:
        _mount_one(name)


@cache
def _mount_one(name: str) -> None:
    module = import_module(f"onorder.management.{_COMMANDS[name]}")
    if hasattr(module, "COMMANDS"):
        app.command(name)(module.COMMANDS[name])
    else:
        app.add_typer(module.app, name=name)
