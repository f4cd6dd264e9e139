"""What happened, said once on the next page, with a way back where there is one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


def done(request: HttpRequest, said: str, *, undo: str = "", to: str) -> HttpResponse:
    """Say what was done, and go to the page `to`.

    Args:
        undo: the URL of the form that takes it back; it is offered beside the sentence.
    """
    messages.success(request, said, extra_tags=undo)
    return redirect(to)
