"""One page of a built site: where its URLs lead, its policy, its modules; and that it is the same in every language.

In:  pages as they were read, and the site's files as bytes by path.  Out: faults, one sentence each.
"""

import posixpath
from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

from export.site.blocks import Block, read_block
from export.site.catalogue import DEFAULT
from export.site.modules import make_module
from export.site.offline import is_offline
from export.site.pages import PAGES, root_of
from export.site.policy import Needs, make_policy, read_policy
from export.site.urls import ReadPage
from train.errors import quote, told

NOTHING = frozenset({"nothing"})
Files = Mapping[str, bytes]


def check_page(name: str, page: ReadPage, files: Files, sites: dict[str, Block]) -> Iterator[str]:
    """All faults of a page; what its scripts are told goes to `sites`, by the page's name."""
    yield from page.faults
    for url in page.fetched:
        yield from _check_url(name, url, files, fetched=True)
    for url in page.followed:
        yield from _check_url(name, url, files, fetched=False)
    yield from _check_policy(page, offline=is_offline(files) and name != "404.html")
    if name == "404.html":
        return
    imports = read_block(page, "importmap", "")
    if not imports:
        return
    modules = imports.get("imports")
    if not isinstance(modules, dict):
        yield f"import map: expected URLs by name, got {quote(modules)}"
        return
    yield from _check_modules(name, {key: str(url) for key, url in modules.items()}, files)
    site = read_block(page, "application/json", "site")
    if not site:
        yield "expected the site's data in a script element with the id site, got none"
        return
    sites[name] = site
    for key, expected in (("root", root_of(name)), ("locale", page.lang)):
        if site.get(key) != expected:
            yield f"site data: {key}: expected {expected!r}, got {quote(site.get(key))}"


def _check_url(page: str, url: str, files: Files, *, fetched: bool) -> Iterator[str]:
    """A URL in a page leads to a file of the site, or is a link that a person may follow elsewhere."""
    if fetched and url.startswith("data:image/"):
        return
    try:
        parts = urlsplit(url)
    except ValueError as error:
        yield f"{quote(url)}: expected a URL, got {told(error)}"
        return
    if parts.scheme or parts.netloc:
        if fetched:
            yield f"{quote(url)}: expected a file of the site, got another host"
        elif parts.scheme not in ("http", "https", "mailto"):
            yield f"{quote(url)}: expected a web address"
        return
    if parts.path.startswith("/"):
        yield f"{quote(url)}: expected a relative link"
    elif parts.path:
        yield from _check_target(page, url, parts.path, files)


def _check_target(page: str, url: str, path: str, files: Files) -> Iterator[str]:
    """A relative path leads to a file of the site."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(path)))
    if target == ".." or target.startswith("../"):
        yield f"{quote(url)}: expected a file inside the site"
        return
    if path.endswith(("/", ".")) or target == ".":
        target = posixpath.normpath(posixpath.join(target, "index.html"))
    if target not in files:
        yield f"{quote(url)}: expected the file {target}, got none"


def _check_policy(page: ReadPage, *, offline: bool) -> Iterator[str]:
    """One policy: ours, and the hashes of exactly the inline scripts and styles that are there."""
    if len(page.policies) != 1:
        yield f"expected one content security policy, got {len(page.policies)}"
        return
    got = read_policy(page.policies[0])
    expected = read_policy(
        make_policy(
            Needs(
                scripts=[text for kind, _, text in page.scripts if kind != "application/json"],
                styles=page.styles,
                computes=any(kind == "importmap" for kind, _, _ in page.scripts),
                offline=offline,
            )
        )
    )
    for name in sorted(expected.keys() | got.keys()):
        if got.get(name) != expected.get(name):
            yield (
                f"content security policy: {name}: expected {' '.join(sorted(expected.get(name, NOTHING)))}, "
                f"got {' '.join(sorted(got.get(name, NOTHING)))}"
            )


def _check_modules(page: str, imports: Mapping[str, str], files: Files) -> Iterator[str]:
    """Every module of the import map is there, and so is every module that it imports."""
    for url in dict.fromkeys(imports.values()):
        yield from _check_url(page, url, files, fetched=True)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), url))
        if path in files:
            module = make_module(path, files[path].decode("utf-8", "replace"))
            for needed in (*module.imports, *module.lazy):
                if needed not in imports:
                    yield f"{path}: import {needed!r}: expected one of {', '.join(imports)}"


def check_languages(pages: Mapping[str, ReadPage], sites: Mapping[str, Block]) -> Iterator[str]:
    """Every page in the same languages, at least two, alike in all that its scripts are told but their words."""
    languages = {page.lang for name, page in pages.items() if name != "404.html"}
    if len(languages) < 2 or DEFAULT not in languages:
        yield f"expected pages in {DEFAULT!r} and another language, got {', '.join(sorted(languages)) or 'none'}"
    for page in PAGES:
        name, *others = (f"{page.place(language)}index.html" for language in sorted(languages, key=DEFAULT.__ne__))
        yield from (f"{other}: expected in every language, got nothing" for other in others if other not in pages)
        if name in sites:
            yield from (fault for other in others if other in sites for fault in _compare(name, other, sites))


def _compare(first: str, other: str, sites: Mapping[str, Block]) -> Iterator[str]:
    """The same page in two languages."""
    one, two = sites[first], sites[other]
    for key in sorted((one.keys() | two.keys()) - {"root", "locale", "messages", "noises", "words"}):
        if one.get(key) != two.get(key):
            yield f"{other}: site data: {key}: expected the same as in {first}"
    if _wordless(one.get("noises")) != _wordless(two.get("noises")):
        yield f"{other}: site data: noises: expected the same as in {first}, but for their words"
    if _keys(one.get("messages")) != _keys(two.get("messages")):
        yield f"{other}: site data: messages: expected the same as in {first}"


def _wordless(noises: object) -> object:
    """The table of noises without what a language says of them."""
    rows = noises if isinstance(noises, list) else []
    return [row | {"words": None} if isinstance(row, dict) else row for row in rows]


def _keys(value: object) -> set[object]:
    return set(value) if isinstance(value, dict) else set()
