"""`onorder`: the whole main job from the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cache
from typing import NoReturn

import typer

app = typer.Typer(
    name="onorder",
    help="The backorder system for retailers who sell before they stock.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command that this process was started for."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onorder.config.settings")
    import django

    django.setup()
    from onorder.garbage import collect_seldom

    _mount()
    collect_seldom()
    run()


def run(arguments: Sequence[str] | None = None) -> None:
    """Run one command, by default what this process was called with, and leave by SystemExit.

    Exit code 0: done; 1: refused or broken, with a sentence why; 2: bad usage. Django must be set up.
    """
    _mount()
    from django.core.exceptions import ImproperlyConfigured
    from django.db import Error, OperationalError, ProgrammingError

    from onorder.errors import OnOrderError

    try:
        app(args=arguments, prog_name="onorder")
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


@cache
def _mount() -> None:
    """Add the commands, once. Here, because they need the models, and those need the settings."""
    from onorder.management import (
        benching,
        checking,
        demonstrating,
        imports,
        jobs,
        messaging,
        serving,
        setting_up,
        showing,
    )

    app.add_typer(imports.app, name="import")
    app.add_typer(benching.app, name="bench")
    for module in (demonstrating, setting_up, jobs, showing, messaging, checking, serving):
        for name, command in module.COMMANDS.items():
            app.command(name)(command)
