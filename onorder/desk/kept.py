"""A file that somebody brought is kept while they read what is wrong with it.

What was checked is what is loaded, and nobody has to choose the file twice, which a browser without script would make
them do. It lies in a folder of this user's for an hour, under a name that nobody guesses, and a signed word in the
second form says which it is and whose. Where several machines serve the desk and the second form meets another one,
the file is not there, and the page says so: choose it again.
"""

from __future__ import annotations

import gzip
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import get_valid_filename

from onorder.errors import BadInput, OnOrderError

MOST_BYTES: Final = 20_000_000
MOST_UNPACKED: Final = 100_000_000
KEPT_FOR: Final = 3600  # Seconds.
_SALT: Final = "kept file"
_LONGEST_NAME: Final = 80


class NotKept(OnOrderError):
    code = "file_not_kept"
    sentence = "The file is no longer here."
    remedy = "Choose it again: it is kept for an hour."


def keep(file: UploadedFile[bytes], **more: Any) -> tuple[str, Path]:
    """Keep a file, unpacked. Older ones go.

    Returns:
        A word for the next form, signed, with what `more` says of the file; and where the file is.

    Raises:
        BadInput: it is too large, or packed and broken.
    """
    if (file.size or 0) > MOST_BYTES:
        raise _too_large(file)
    folder = _folder()
    _forget_old(folder)
    key = secrets.token_urlsafe(16)
    path = folder / key / _name(file)
    path.parent.mkdir(mode=0o700)
    path.write_bytes(_unpacked(file))
    return signing.dumps({"key": key, "name": path.name, **more}, salt=_SALT), path


def kept(word: str) -> tuple[Mapping[str, Any], Path]:
    """What the word of a form says, and where its file is.

    Raises:
        NotKept: it was not signed here, or is too old; or the file is gone.
    """
    try:
        said: Mapping[str, Any] = signing.loads(word, salt=_SALT, max_age=KEPT_FOR)
    except signing.BadSignature:
        raise NotKept from None
    path = _folder() / str(said["key"]) / str(said["name"])
    if not path.is_file():
        raise NotKept
    return said, path


def forget(path: Path) -> None:
    """The file was loaded: nobody needs it any more."""
    shutil.rmtree(path.parent, ignore_errors=True)


def _folder() -> Path:
    """This user's own folder; one that somebody else made first is not used."""
    folder = Path(tempfile.gettempdir()) / f"onorder-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{folder} is open to others")
    return folder


def _forget_old(folder: Path) -> None:
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > KEPT_FOR:
            shutil.rmtree(old, ignore_errors=True)


def _name(file: UploadedFile[bytes]) -> str:
    name = Path(file.name or "file").name.removesuffix(".gz")
    return get_valid_filename(name[-_LONGEST_NAME:] or "file")


def _unpacked(file: UploadedFile[bytes]) -> bytes:
    raw: bytes = file.read()
    if raw[:2] != b"\x1f\x8b":
        return raw
    file.seek(0)
    try:
        with gzip.open(file) as packed:
            raw = packed.read(MOST_UNPACKED + 1)
    except (OSError, EOFError):
        raise BadInput(what="{file}", problem="cannot be unpacked", remedy="Pack it again.", file=file.name) from None
    if len(raw) > MOST_UNPACKED:
        raise _too_large(file)
    return raw


def _too_large(file: UploadedFile[bytes]) -> BadInput:
    return BadInput(
        what="{file}",
        problem="is larger than {most} MB ({unpacked} MB unpacked)",
        remedy="Split it, or load it with `onorder import`.",
        file=file.name,
        most=MOST_BYTES // 1_000_000,
        unpacked=MOST_UNPACKED // 1_000_000,
    )
