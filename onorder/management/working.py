"""Moved: see `onorder.working`."""

from __future__ import annotations

from onorder.working import run_worker, work

__all__ = ["run_worker", "work"]
