"""The badge as the pages of other shops ask for it: the real server, over loopback, on connections that are kept."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from typing import Any

from django.core.management import call_command

from onorder.bench.scenario import Scenario
from onorder.errors import OnOrderError
from onorder.models import Variant

#: SKUs that stand on the pages of the other shop.
SKUS = 100
_HOST = "127.0.0.1"
_STARTS_WITHIN_SECONDS = 30.0


class ServerFailed(OnOrderError):
    code = "server_failed"
    sentence = "The server did not answer: {why}."
    remedy = "Start it by hand with `onorder serve`, and see why."


def badge(*, beside: str, requests: int, connections: int) -> dict[str, Any]:
    """Requests a second for the badges of a hundred SKUs, for one, for one that did not change, and for the script."""
    call_command("migrate", verbosity=0)
    Scenario(orders=1).open()
    skus = list(Variant.objects.order_by("sku").values_list("sku", flat=True)[:SKUS])
    paths = [f"/badge/{sku}.json?lang=en" for sku in skus]
    with _served() as port:
        mark = _marked(port, paths[0])
        _ask(port, paths, len(paths), 1)  # Each once, so that none is measured cold.
        rates = {
            "a hundred SKUs": _ask(port, paths, requests, connections),
            "one SKU": _ask(port, paths[:1], requests, connections),
            "one SKU, unchanged": _ask(port, paths[:1], requests, connections, {"If-None-Match": mark}, 304),
            "the script": _ask(port, ["/badge.js"], requests, connections),
        }
    return {"requests": requests, "connections": connections, "rates": rates}


def _ask(
    port: int,
    paths: Sequence[str],
    requests: int,
    connections: int,
    headers: Mapping[str, str] | None = None,
    status: int = 200,
) -> float:
    """Requests a second, if so many connections ask one after the other. Each answer is read and looked at."""
    wrong: list[str] = []
    each = max(requests // connections, 1)

    def asks(first: int) -> None:
        with closing(HTTPConnection(_HOST, port, timeout=30)) as connection:
            for place in range(first, first + each):
                path = paths[place % len(paths)]
                connection.request("GET", path, headers=dict(headers or {}))
                answer = connection.getresponse()
                answer.read()
                if answer.status != status:
                    wrong.append(f"{path} {answer.status}")
                    return

    started = time.perf_counter()
    _at_once([lambda first=number: asks(first) for number in range(connections)])  # type: ignore[misc]
    took = time.perf_counter() - started
    if wrong:
        raise ServerFailed(why=wrong[0])
    return each * connections / took


def _at_once(work: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _marked(port: int, path: str) -> str:
    with closing(HTTPConnection(_HOST, port, timeout=30)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.headers["ETag"]


@contextmanager
def _served() -> Iterator[int]:
    """The server on a free port, with this process's database, as long as this lasts."""
    with closing(socket.socket()) as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-c", "from onorder.management.main import main; main()"]
    server = subprocess.Popen(
        [*command, "serve", "--no-worker", "--port", str(port)],
        env=os.environ | {"ONORDER_LOG_LEVEL": "ERROR"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(server, port)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()


def _await(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with closing(HTTPConnection(_HOST, port, timeout=5)) as connection:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise ServerFailed(why=f"it ended with {server.returncode}" if server.returncode else "it took too long to start")


PARTS: Mapping[str, Callable[..., dict[str, Any]]] = {"badge": badge}
