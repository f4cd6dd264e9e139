"""Where providers tell us what has happened, of payments by card and of text messages: signed, without a session or a
cookie."""

from __future__ import annotations

import logging
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from onorder.delivery import text_reports
from onorder.providers.configured import provider
from onorder.providers.hearing import hear
from onorder.providers.provider import NotSigned

logger = logging.getLogger(__name__)

#: Events are a few kilobytes.
MOST_BYTES: Final = 256 * 1024


@csrf_exempt
@never_cache
@require_POST
def stripe(request: HttpRequest) -> HttpResponse:
    """Take one event. What is signed is answered with 200, known or not, so that it is not sent for ever; whoever has
    not signed learns nothing."""
    by, now = provider(), timezone.now()
    if by is None:
        return HttpResponse(status=404)
    if _is_too_much(request):
        return HttpResponse(status=413)
    try:
        heard = by.read(request.body, request.headers.get("Stripe-Signature", ""), now)
    except NotSigned:
        logger.warning("somebody who is not the provider for cards sent an event")
        return HttpResponse(status=400)
    except ValueError:
        logger.warning("the provider for cards sent an event that makes no sense")
        return HttpResponse(status=400)
    hear(heard, now)
    return HttpResponse(status=200)


@csrf_exempt
@never_cache
@require_POST
def texts(request: HttpRequest, message: int) -> HttpResponse:
    """Take word of one text message. What is signed is answered with 200, known or not; whoever has not signed learns
    nothing."""
    if not text_reports.is_heard():
        return HttpResponse(status=404)
    if _is_too_much(request):
        return HttpResponse(status=413)
    signature = request.headers.get("X-Twilio-Signature", "")
    try:
        text_reports.take(message, dict(request.POST.lists()), signature, now=timezone.now())
    except text_reports.NotSigned:
        logger.warning("somebody who is not the provider of text messages sent a report")
        return HttpResponse(status=403)
    except ValueError:
        logger.warning("the provider of text messages sent a report that makes no sense")
        return HttpResponse(status=400)
    return HttpResponse(status=200)


def _is_too_much(request: HttpRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH", "")
    return not length.isdecimal() or len(length) > 9 or int(length) > MOST_BYTES


urlpatterns = [
    path("hooks/stripe", stripe, name="store.hook"),
    path("hooks/texts/<int:message>", texts, name="store.texts"),
]
