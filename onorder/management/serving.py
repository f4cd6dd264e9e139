"""`onorder serve`: the pages and the worker in one command."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from typing import Annotated

import typer
from django.contrib.auth import get_user_model

from onorder.errors import OnOrderError

RESTART_AFTER_SECONDS = 5.0


class PortTaken(OnOrderError):
    code = "port_taken"
    sentence = "Something else listens on {host}:{port} already."
    remedy = "Stop it, or choose another --port."


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")] = 8000,
    workers: Annotated[
        int, typer.Option(min=1, help="Web processes; more than one needs PostgreSQL to be worth it.")
    ] = 1,
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="Run the background worker, too.")] = True,
) -> None:
    """Serve the pages, and do what is due meanwhile. Ctrl-C ends both."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    _free_port(host, port)
    if not get_user_model().objects.exists():
        print("Nobody can log in yet: create a user with `onorder createsuperuser`.", file=sys.stderr)
    stop = threading.Event()
    minder = threading.Thread(target=_mind, args=(stop,), daemon=True) if worker else None
    if minder:
        minder.start()
    print(f"OnOrder is at http://{host}:{port}/", flush=True)
    try:
        server = Granian(
            "onorder.config.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=min(8, 2 * (os.cpu_count() or 1) + 1),  # More of them only wait for the interpreter.
            backpressure=64,
            log_level=LogLevels.warning,
        )
        server.serve()
    finally:
        stop.set()
        if minder:
            minder.join(timeout=10)


def _free_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise PortTaken(host=host, port=port) from None


def _mind(stop: threading.Event) -> None:
    """Keep one worker running, in a process of its own; start it again if it dies."""
    while not stop.is_set():
        command = [sys.executable, "-c", "from onorder.management.main import main; main()", "worker"]
        child = subprocess.Popen(command, env=os.environ | {"PYTHONUNBUFFERED": "1"})
        while child.poll() is None and not stop.wait(0.5):
            pass
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(timeout=8)
            except subprocess.TimeoutExpired:
                child.kill()
        else:
            stop.wait(RESTART_AFTER_SECONDS)


COMMANDS = {"serve": serve}
