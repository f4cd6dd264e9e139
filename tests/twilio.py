"""A small Twilio on this machine, that speaks real HTTP: it takes text messages, says what it took, and reports what
became of them."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

PAYLOADS = Path(__file__).parent / "delivery" / "payloads"


class Carrier:
    """What it took, and what it has against whom."""

    account, token = "AC1", "to/ken"

    def __init__(self):
        self.taken: list[dict[str, str]] = []
        self.refusals: dict[str, tuple] = {}  # Number: what is answered to texts for it: status, message, code.
        self.answers = 0  # If set, the status that is answered to everything.
        self.became: dict[int, str] = {}  # By place among those taken: what became of it.
        self.told_at_once = None  # If set, what is called before it answers that it has taken a text.
        self.goes_silent = 0  # So many times it takes a text and never says so.
        carrier = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                carrier.take(self, {name: value for name, (value,) in form.items()})

            def do_GET(self):
                to = parse_qs(urlsplit(self.path).query)["To"][0]
                known = enumerate(carrier.taken)
                found = [
                    {"sid": sid(place), "body": one["Body"], "status": carrier.became.get(place, "sent")}
                    for place, one in known
                    if one["To"] == to
                ]
                carrier.say(self, 200, {"messages": found})

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def take(self, request, text):
        known = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        if request.headers["Authorization"] != f"Basic {known}":
            return self.say(request, 401, {"message": "Authenticate"})
        assert urlsplit(request.path).path == f"/2010-04-01/Accounts/{self.account}/Messages.json"
        if self.answers:
            return self.say(request, self.answers, {"message": "not now"})
        if refusal := self.refusals.get(text["To"]):
            return self.say(request, refusal[0], dict(zip(("message", "code"), refusal[1:], strict=False)))
        self.taken.append(text)
        if self.told_at_once:
            self.told_at_once()
        if self.goes_silent:
            self.goes_silent -= 1
            request.connection.close()
            return None
        return self.say(request, 201, {"sid": sid(len(self.taken) - 1), "status": "queued"})

    def say(self, request, status, answer):
        said = json.dumps(answer).encode()
        request.send_response(status)
        request.send_header("Content-Length", str(len(said)))
        request.end_headers()
        request.wfile.write(said)

    def closes(self):
        self._server.shutdown()
        self._server.server_close()

    def reports(
        self, client, place=-1, status="undelivered", code="", *, token="", path="", like="", tampered=None, **changes
    ):
        """What became of a text that it took, as it says it: a form, signed for the address that it was given."""
        place %= len(self.taken)
        text, self.became[place] = self.taken[place], status
        said = {"MessageSid": sid(place), "SmsSid": sid(place), "To": text["To"], "From": text["From"]}
        said |= {"MessageStatus": status, "SmsStatus": status, **({"ErrorCode": code} if code else {})}
        fields = recorded(like or status) | said | changes
        address = text["StatusCallback"]
        signed = signature(address, fields, token or self.token)
        form = urlencode(tampered(fields) if tampered else fields)
        kind, where = "application/x-www-form-urlencoded", path or urlsplit(address).path
        return client.post(where, form, content_type=kind, headers={"X-Twilio-Signature": signed})


def sid(place):
    return f"SM{place:032x}"


def recorded(status):
    """A report, as its documentation shows it."""
    return dict(parse_qsl((PAYLOADS / f"{status}.txt").read_text().strip(), keep_blank_values=True))


def signature(address, fields, token):
    """As the documentation says, in its most stupid form."""
    said = address
    for name in sorted(fields):
        said = said + name + fields[name]
    return base64.b64encode(hmac.new(token.encode(), said.encode(), "sha1").digest()).decode()
