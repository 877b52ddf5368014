"""The files of a built site: those that its manifest lists, with the content and the name that belong to it.

In:  a folder and its manifest.  Out: the files' bytes by path, and faults, one sentence each.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from export.site.manifest import HASH_DIGITS, Entry, hashed_name, sha256
from export.site.pages import PAGES
from export.site.pwa import WORKER
from train.errors import quote
from train.files import FileError, is_leftover, read_file

FIXED = (*(f"{page.path}index.html" for page in PAGES), "404.html", ".nojekyll")
_HASHED = re.compile(rf"(.+)\.[0-9a-f]{{{HASH_DIGITS}}}\.([a-z0-9]+)")
_HOST = re.compile(r"""["'`(](?:https?:|wss?:)?//[^"'`)\s]+""")
_NAMESPACE = "http://www.w3.org/"  # names of XML, never fetched
_LIMIT = 1 << 30  # bytes


def read_files(folder: Path, manifest: str, entries: Mapping[str, Entry], faults: list[str]) -> dict[str, bytes]:
    """The files that the manifest lists; what is missing, altered, surplus or a link is a fault."""
    files: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name not in entries and any(is_leftover(part) for part in path.relative_to(folder).parts):
            continue  # of a system or an editor, and in nobody's way
        if path.is_symlink():
            faults.append(f"{name}: expected a file of the site, got a link to {path.readlink()}")
        elif not path.is_dir() and name not in entries and name != manifest:
            faults.append(f"{name}: expected only files that {manifest} lists")
    for name, entry in entries.items():
        try:
            data = read_file(folder / name, _LIMIT)
        except FileError as error:
            faults.append(f"{name}: expected {entry.bytes} bytes, got nothing: {error}")
            continue
        if len(data) != entry.bytes:
            faults.append(f"{name}: expected {entry.bytes} bytes, got {len(data)}")
        elif sha256(data) != entry.sha256:
            faults.append(f"{name}: expected SHA-256 {entry.sha256}, got {sha256(data)}")
        files[name] = data
    return files


def check_asset(name: str, data: bytes) -> Iterator[str]:
    """Names and contents of single files."""
    base = posixpath.basename(name)
    if name not in (*FIXED, WORKER) and not name.endswith("/index.html"):
        match = _HASHED.fullmatch(base)
        expected = hashed_name(f"{match[1]}.{match[2]}", data) if match else "a name with its content's hash"
        if base != expected:
            yield f"expected {expected}"
    if name.endswith((".js", ".css", ".svg")):
        for found in _HOST.findall(data.decode("utf-8", "replace")):
            if not found[1:].startswith(_NAMESPACE):
                yield f"{quote(found[1:])}: expected no address of another host"
    if name.endswith(".css") and (b"url(" in data or b"@import" in data):
        yield "expected a stylesheet that needs no other file"
    if name.endswith(".wasm") and not data.startswith(b"\0asm\x01\0\0\0"):
        yield "expected WebAssembly"
