"""A small Stripe on this machine, that speaks real HTTP: the endpoints that we use, with their idempotency and their
failures. What it says of events it signs as Stripe does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from onorder.providers.signing import signature

SECRET_KEY = "sk_test_of_a_local_server"
WEBHOOK_SECRET = "whsec_of_a_local_server"
PAYLOADS = Path(__file__).parent / "store" / "payloads"


class Stripe:
    """What was asked of it, and what it has.

    `fails`: answers to give instead, one for each request that comes: a status, "hangs", "drops" (after it was done),
    or (status, code) of an error object. `refund_status`: how a refund stands at once.
    """

    def __init__(self) -> None:
        self.asked = []  # (method, path, fields, idempotency key)
        self.sessions, self.refunds = {}, {}
        self.fails = []
        self.refund_status = "succeeded"
        self.released = threading.Event()
        self._known = {}
        self._lock = threading.Lock()

    def made(self, path):
        """The fields of each request that was sent to a path."""
        return [fields for method, where, fields, _ in self.asked if method == "POST" and where == path]

    def keys(self, path):
        return [key for method, where, _, key in self.asked if method == "POST" and where == path]

    def pays(self, session="cs_test_1", intent="pi_1", status="paid"):
        """A customer pays on a page."""
        self.sessions[session] |= {"payment_status": status, "status": "complete", "payment_intent": intent}

    # Answers.

    def answer(self, method, path, fields, key):
        with self._lock:
            self.asked.append((method, path, fields, key))
            if key and key in self._known:
                before, said = self._known[key]
                if before != fields:
                    return 400, {"error": {"type": "idempotency_error", "message": "Keys are for the same parameters."}}
                return 200, said
            status, said = self._do(method, path, fields)
            if key and status == 200:
                self._known[key] = (fields, said)
            return status, said

    def _do(self, method, path, fields):
        if (method, path) == ("POST", "/v1/checkout/sessions"):
            return 200, self._session(fields)
        if path.startswith("/v1/checkout/sessions/"):
            return self._about_session(method, *path.removeprefix("/v1/checkout/sessions/").split("/"))
        if path == "/v1/refunds":
            return self._refund(fields) if method == "POST" else (200, self._refunds_of(fields["payment_intent"]))
        return 404, {"error": {"type": "invalid_request_error", "message": f"Unrecognized request URL ({path})."}}

    def _session(self, fields):
        made = json.loads((PAYLOADS / "checkout.session.completed.json").read_text())["data"]["object"]
        key = f"cs_test_{len(self.sessions) + 1}"
        made |= {
            "id": key,
            "url": f"{self.url}/c/pay/{key}",
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "amount_total": int(fields["line_items[0][price_data][unit_amount]"]),
            "currency": fields["line_items[0][price_data][currency]"],
            "client_reference_id": fields["client_reference_id"],
            "metadata": {"order": fields["metadata[order]"], "page": fields["metadata[page]"]},
            "success_url": fields["success_url"],
            "cancel_url": fields["cancel_url"],
        }
        self.sessions[key] = made
        return made

    def _about_session(self, method, key, what=""):
        found = self.sessions.get(key)
        if found is None:
            return 404, {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such."}}
        if what == "expire":
            if found["status"] != "open":
                return 400, {"error": {"type": "invalid_request_error", "message": "Only open sessions expire."}}
            found["status"] = "expired"
        return 200, found

    def _refund(self, fields):
        made = json.loads((PAYLOADS / "refund.updated.json").read_text())["data"]["object"]
        key = f"re_{len(self.refunds) + 1}"
        made |= {
            "id": key,
            "payment_intent": fields["payment_intent"],
            "amount": int(fields["amount"]),
            "metadata": {"payout": fields["metadata[payout]"]},
            "status": self.refund_status,
        }
        self.refunds[key] = made
        return 200, made

    def _refunds_of(self, intent):
        found = [one for one in self.refunds.values() if one["payment_intent"] == intent]
        return {"object": "list", "url": "/v1/refunds", "has_more": False, "data": found}


@contextmanager
def running() -> Iterator[Stripe]:
    """It listens on a free port; at the end nothing of it is left."""
    stripe = Stripe()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            where = urlsplit(self.path)
            if where.path.startswith("/c/pay/"):
                self._page(where.path.rpartition("/")[2])
            else:
                self._answer("GET", where.path, dict(parse_qsl(where.query)))

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer("POST", self.path, dict(parse_qsl(body.decode(), keep_blank_values=True)))

        def _answer(self, method, path, fields):
            if self.headers.get("Authorization") != f"Bearer {SECRET_KEY}":
                return self._send(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key"}})
            key = self.headers.get("Idempotency-Key", "")
            match stripe.fails.pop(0) if stripe.fails else None:
                case None:
                    return self._send(*stripe.answer(method, path, fields, key))
                case "hangs":
                    return stripe.released.wait(20)
                case "drops":
                    stripe.answer(method, path, fields, key)
                    return self.close_connection
                case (status, code):
                    stripe.asked.append((method, path, fields, key))
                    error = {"type": "card_error", "code": code, "message": f"It says no to ann@mail.example: {code}."}
                    return self._send(status, {"error": error})
                case status:
                    stripe.asked.append((method, path, fields, key))
                    return self._send(status, {"down": True})

        def _page(self, key):
            back, left = stripe.sessions[key]["success_url"], stripe.sessions[key]["cancel_url"]
            head = "<!doctype html><link rel='icon' href='data:,'><title>Pay</title><h1>A page for cards</h1>"
            page = f"{head} <a href='{back}'>Pay</a> <a href='{left}'>Back</a>"
            self._raw(200, page.encode(), "text/html")

        def _send(self, status, said):
            self._raw(status, json.dumps(said).encode(), "application/json")

        def _raw(self, status, body, kind):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if 300 <= status < 400:
                self.send_header("Location", f"{stripe.url}/v1/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stripe.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield stripe
    finally:
        stripe.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def event(name, *, key="evt_1", **changes):
    """A recorded event of this name, about something else."""
    said = json.loads((PAYLOADS / f"{name}.json").read_text())
    said["id"] = key
    said["data"]["object"] |= changes
    return said


def posts(client, said, *, now, secret=WEBHOOK_SECRET, age=0, tampered=None):
    """Stripe sends an event; `age` seconds ago, changed on the way if `tampered` says how."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    stamp = str(int(now.timestamp()) - age)
    header = f"t={stamp},v1={signature(body, stamp, secret)},v0=old"
    sent = tampered(body) if tampered else body
    return client.post("/hooks/stripe", sent, content_type="application/json", headers={"Stripe-Signature": header})
