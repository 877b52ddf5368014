"""`python build.py check`: a built site held against itself. Every reference is followed, every number computed again.

In:  a folder.  Out: a list of faults, one sentence each; empty where the site is whole.
"""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np

from export.catalogue import DEFAULT
from export.manifest import HASH_DIGITS, Entry, ManifestError, find_manifest, hashed_name, read_manifest, sha256
from export.modules import make_module
from export.page import csp_hash
from export.pwa import WORKER
from export.reference import reconstruct
from export.references import Page, read_references
from export.tensors import TensorsError, parse_tensors, quote
from export.weights import Weights, parse_weights
from train.errors import DaeError
from train.files import FileError, read_file

FIXED = ("index.html", "404.html", ".nojekyll")
TOLERANCE = {"F32": 1e-5, "F16": 2e-3}  # of a golden value in [0, 1]
EXPECTED_POLICY = {
    "default-src": {"'none'"},
    "script-src": {"'self'", "'wasm-unsafe-eval'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:", "blob:"},
    "connect-src": {"'self'"},
    "base-uri": {"'none'"},
    "form-action": {"'none'"},
}
_HASHED = re.compile(rf"(.+)\.[0-9a-f]{{{HASH_DIGITS}}}\.([a-z0-9]+)")
_HOST = re.compile(r"""["'`(](?:https?:|wss?:)?//[^"'`)\s]+""")
_NAMESPACE = "http://www.w3.org/"  # names of XML, never fetched
_SIZE_LIMIT = 1 << 30

Files = Mapping[str, bytes]


def check_site(folder: Path) -> list[str]:
    """All faults of the site in `folder`."""
    try:
        manifest = find_manifest(folder)
        entries = read_manifest(manifest)
    except ManifestError as error:
        return [str(error)]
    except FileError as error:
        return [str(error)]
    faults: list[str] = []
    files = _read_files(folder, manifest.name, entries, faults)
    faults += [f"{name}: expected in every site, got nothing" for name in FIXED if name not in files]
    pages = {name: data for name, data in files.items() if name.endswith(".html")}
    sites: dict[str, dict[str, Any]] = {}
    for name, data in pages.items():
        page = read_references(data.decode("utf-8", "replace"))
        faults += [f"{name}: {fault}" for fault in _check_page(name, page, files, sites)]
    for name, data in files.items():
        faults += [f"{name}: {fault}" for fault in _check_asset(name, data)]
    faults += _check_languages(sites)
    for name, site in sites.items():
        faults += [f"{name}: {fault}" for fault in _check_entries(site, files)]
    if sites and not faults:
        faults += _check_models(next(iter(sites.values())), files)
    return faults


def _read_files(folder: Path, manifest: str, entries: Mapping[str, Entry], faults: list[str]) -> dict[str, bytes]:
    """The files that the manifest lists; what is missing, altered, surplus or a link is a fault."""
    files: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            faults.append(f"{name}: expected a file of the site, got a link to {path.readlink()}")
        elif not path.is_dir() and name not in entries and name != manifest:
            faults.append(f"{name}: expected only files that {manifest} lists")
    for name, entry in entries.items():
        try:
            data = read_file(folder / name, _SIZE_LIMIT)
        except FileError as error:
            faults.append(f"{name}: expected {entry.bytes} bytes, got nothing: {error}")
            continue
        if len(data) != entry.bytes:
            faults.append(f"{name}: expected {entry.bytes} bytes, got {len(data)}")
        elif sha256(data) != entry.sha256:
            faults.append(f"{name}: expected SHA-256 {entry.sha256}, got {sha256(data)}")
        files[name] = data
    return files


def _check_page(name: str, page: Page, files: Files, sites: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield from page.faults
    for url in page.fetched:
        yield from _check_url(name, url, files, fetched=True)
    for url in page.followed:
        yield from _check_url(name, url, files, fetched=False)
    yield from _check_policy(page, offline=WORKER in files and name != "404.html")
    if name == "404.html":
        return
    imports = _read_block(page, "importmap", "")
    yield from _check_modules(name, imports.get("imports", {}), files)
    site = _read_block(page, "application/json", "site")
    if not site:
        yield "expected the site's data in a script element with the id site, got none"
        return
    sites[name] = site
    root = "../" * name.count("/") or "./"
    for key, expected in (("root", root), ("locale", page.lang)):
        if site.get(key) != expected:
            yield f"site data: {key}: expected {expected!r}, got {quote(site.get(key))}"


def _read_block(page: Page, kind: str, identifier: str) -> dict[str, Any]:
    """The JSON object of an inline script; empty where there is none."""
    for block in page.scripts:
        if block[:2] == (kind, identifier):
            try:
                value = json.loads(block[2])
            except (ValueError, RecursionError):
                return {}
            return value if isinstance(value, dict) else {}
    return {}


def _check_url(page: str, url: str, files: Files, *, fetched: bool) -> Iterator[str]:
    """A URL in a page leads to a file of the site, or is a link that a person may follow elsewhere."""
    parts = urlsplit(url)
    if parts.scheme == "data" and fetched and url.startswith("data:image/"):
        return
    if parts.scheme or parts.netloc:
        if fetched:
            yield f"{quote(url)}: expected a file of the site, got another host"
        elif parts.scheme not in ("http", "https", "mailto"):
            yield f"{quote(url)}: expected a web address"
        return
    if parts.path.startswith("/"):
        yield f"{quote(url)}: expected a relative link"
        return
    if not parts.path:
        return
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))
    if target == ".." or target.startswith("../"):
        yield f"{quote(url)}: expected a file inside the site"
        return
    if parts.path.endswith(("/", ".")) or target == ".":
        target = posixpath.normpath(posixpath.join(target, "index.html"))
    if target not in files:
        yield f"{quote(url)}: expected the file {target}, got none"


def _check_policy(page: Page, *, offline: bool) -> Iterator[str]:
    """One policy: ours, and the hashes of exactly the inline scripts and styles that are there."""
    if len(page.policies) != 1:
        yield f"expected one content security policy, got {len(page.policies)}"
        return
    got = {
        words[0]: set(words[1:]) for directive in page.policies[0].split(";") if (words := directive.strip().split())
    }
    scripts = {csp_hash(text) for kind, _, text in page.scripts if kind != "application/json"}
    styles = {csp_hash(text) for text in page.styles}
    more = {"worker-src": {"'self'"}, "manifest-src": {"'self'"}} if offline else {}
    expected = (
        EXPECTED_POLICY
        | more
        | {
            "script-src": EXPECTED_POLICY["script-src"] | scripts,
            "style-src": EXPECTED_POLICY["style-src"] | styles,
        }
    )
    for name in sorted(expected.keys() | got.keys()):
        if got.get(name) != expected.get(name):
            yield (
                f"content security policy: {name}: expected {' '.join(sorted(expected.get(name, {'nothing'})))}, "
                f"got {' '.join(sorted(got.get(name, {'nothing'})))}"
            )


def _check_modules(page: str, imports: Mapping[str, str], files: Files) -> Iterator[str]:
    """Every module of the import map is there, and so is every module that it imports."""
    for name, url in imports.items():
        yield from _check_url(page, url, files, fetched=True)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), url))
        if path in files:
            module = make_module(name, files[path].decode("utf-8", "replace"))
            for needed in (*module.imports, *module.lazy):
                if needed not in imports:
                    yield f"{path}: import {needed!r}: expected one of {', '.join(imports)}"


def _check_asset(name: str, data: bytes) -> Iterator[str]:
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


def _check_languages(sites: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """At least two languages, alike in everything but their words."""
    names = list(sites)
    if len(names) < 2:
        yield f"expected pages in two languages, got {', '.join(names) or 'none'}"
        return
    first = sites[names[0]]
    if not any(site.get("locale") == DEFAULT for site in sites.values()):
        yield f"expected a page in {DEFAULT!r}, got none"
    for name in names[1:]:
        site = sites[name]
        for key in sorted((first.keys() | site.keys()) - {"root", "locale", "messages"}):
            if first.get(key) != site.get(key):
                yield f"{name}: site data: {key}: expected the same as in {names[0]}"
        if set(first.get("messages", {})) != set(site.get("messages", {})):
            yield f"{name}: site data: messages: expected the same as in {names[0]}"


def _entries(value: object) -> Iterator[dict[str, Any]]:
    """Everything in the site's data that names a file."""
    if isinstance(value, dict):
        if "file" in value:
            yield value
        for inner in value.values():
            yield from _entries(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _entries(inner)


def _check_entries(site: dict[str, Any], files: Files) -> Iterator[str]:
    for entry in _entries(site):
        data = files.get(str(entry["file"]))
        if data is None:
            yield f"site data: {quote(entry['file'])}: expected the file, got none"
        elif entry.get("bytes") != len(data) or entry.get("sha256", sha256(data)) != sha256(data):
            yield f"site data: {entry['file']}: expected {len(data)} bytes with SHA-256 {sha256(data)}"


def _check_models(site: dict[str, Any], files: Files) -> list[str]:
    """The weights are weights, and the golden vectors are what they compute in float64."""
    faults: list[str] = []
    try:
        path = site["golden"]["file"]
        golden = parse_tensors(files[path], path).tensors
        for entry in site["models"]:
            weights = parse_weights(files[entry["file"]], entry["name"], entry["file"])
            faults += [f"{entry['file']}: {fault}" for fault in _check_entry(entry, weights, site)]
            answers = golden[f"reconstruction/{entry['name']}"]
            pixels = golden["pixels"]
            faults += [f"{path}: {entry['name']}: {fault}" for fault in _check_golden(answers, weights, pixels)]
    except (TensorsError, LookupError, TypeError, ValueError) as error:
        faults.append(f"site data: expected models with weights and golden vectors, got: {error}")
    return faults


def _check_entry(entry: dict[str, Any], weights: Weights, site: dict[str, Any]) -> Iterator[str]:
    """What the page says of a model is what its weights say."""
    said = (entry["noise"], float(entry["level"]), entry["hidden"], site["dtype"], site["shape"][0] * site["shape"][1])
    metadata = weights.metadata
    got = (metadata["noise"], float(metadata["level"]), weights.hidden, weights.dtype, weights.visible)
    for name, expected, value in zip(("noise", "level", "hidden", "dtype", "pixels"), said, got, strict=True):
        if expected != value:
            yield f"{name}: expected {expected} as in the site's data, got {value}"


def _check_golden(answers: Any, weights: Weights, pixels: Any) -> Iterator[str]:
    error = np.abs(reconstruct(weights.params, pixels.astype(np.float64)) - answers)
    worst = float(error.max())
    if not worst <= TOLERANCE[weights.dtype]:
        yield f"expected what the weights compute to {TOLERANCE[weights.dtype]:g}, got a difference of {worst:.3g}"


class CheckError(DaeError):
    """A site has faults; the message is all of them, a line each."""


def check(folder: Path) -> str:
    """A line about a whole site; `CheckError` with every fault of another."""
    faults = check_site(folder)
    if faults:
        raise CheckError("\n".join([f"{folder}: {len(faults)} fault(s)", *faults]))
    count = len(read_manifest(find_manifest(folder)))
    return f"{folder}: {count} files, every reference, hash, weight and golden value as it should be"
