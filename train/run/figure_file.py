"""A figure as a file: it bears a mark, and only what bears one is ever drawn over.

The mark is a text chunk at the end of the PNG with the SHA-256 of all the rest. A figure that was changed since, and
whatever else lies there, is its owner's.

In:  a path and the bytes of a PNG.  Out: the file; `FigureError` where another is.

Source: Portable Network Graphics (PNG) Specification, third edition, sections 5.3 and 11.3.3.2.
"""

import hashlib
import os
import struct
import zlib
from pathlib import Path

from train.errors import DaeError
from train.files import read_file, refusals, replace_file

_END = 12  # bytes of the last chunk, IEND
_LIMIT = 1 << 28  # bytes of a file


class FigureError(DaeError):
    """A figure would take the place of a file that is none of ours."""


def check_figure(path: Path) -> None:
    """Refuse to draw over anything but nothing, or a figure of ours that is as it was drawn."""
    with refusals("write", path):
        if os.path.lexists(path) and not (path.is_file() and _is_ours(read_file(path, _LIMIT))):
            raise FigureError(
                f"{path}: expected a figure drawn here, as it was drawn, got another file; move it away, or choose "
                f"another folder with --out"
            )


def write_figure(path: Path, png: bytes) -> Path:
    """Write a figure with its mark, in one step."""
    check_figure(path)
    replace_file(path, png[:-_END] + _mark(png) + png[-_END:])
    return path


def _mark(png: bytes) -> bytes:
    """A chunk of text: its length, kind, key, value and check sum."""
    body = b"tEXtdae-site\0sha256 " + hashlib.sha256(png).hexdigest().encode()
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def _is_ours(data: bytes) -> bool:
    start = len(data) - _END - len(_mark(b""))
    return start > 0 and data[start:-_END] == _mark(data[:start] + data[-_END:])
