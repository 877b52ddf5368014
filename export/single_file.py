"""`python build.py --single-file`: the whole site as one .html that works from disk, without any server or network.

The page's files are base64 text in script elements, which a script of ours answers `fetch` from; modules are data: URLs
in the import map; the second language is a template element, shown by `?lang=ja`.

In:  the files of a site.
Out: one HTML file as bytes; `SingleFileError` where the site needs what one file cannot hold.
"""

import base64
import html
import json
import posixpath
import re
from collections.abc import Mapping
from typing import Any

import rjsmin

from export.catalogue import DEFAULT
from export.page import csp_hash, script_json
from train.errors import DaeError

Files = Mapping[str, bytes]

_BODY = re.compile(r"(.*<body[^>]*>)(.*)(</body>.*)", re.DOTALL)
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_SITE = re.compile(r'<script type="application/json" id="site">(.*?)</script>', re.DOTALL)
_IMPORT_MAP = re.compile(r'<script type="importmap">(.*?)</script>', re.DOTALL)
_MAIN = re.compile(r'<script type="module" src="[^"]*"></script>')
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_TAG = re.compile(r"<(link|meta|a)\b[^>]*>")
_ATTRIBUTE = re.compile(r"""([\w:-]+)=(?:"([^"]*)"|'([^']*)')""")
_START = 'import "main";'
_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


class SingleFileError(DaeError):
    """A page has something that cannot be put into one file."""


def make_single(files: Files, script: str) -> bytes:
    """One HTML file that holds `files`, the pages of all languages among them, and runs `script` first."""
    pages = {posixpath.dirname(name): data.decode() for name, data in files.items() if name.endswith("index.html")}
    texts = {folder or DEFAULT: _inline(folder, text, files) for folder, text in pages.items()}
    blocks = {lang: _site_data(text) for lang, text in texts.items()}
    match = _BODY.fullmatch(_SITE.sub("", texts[DEFAULT]))
    if not match:
        raise SingleFileError("index.html: expected <body> and </body>, got none")
    head, body, end = match.groups()
    shim = str(rjsmin.jsmin(script))
    scripts = [f'<script type="application/json" id="site">{blocks[DEFAULT]}</script>']
    templates: list[str] = []
    for lang, text in texts.items():
        if lang != DEFAULT:
            templates.append(_template(lang, text))
            scripts.append(f'<script type="application/json" id="site-{lang}">{blocks[lang]}</script>')
    head = _set_policy(head.replace("</head>", "\n".join([*scripts, "</head>"])), shim)
    parts = [head, body, f"<script>{shim}</script>\n", *templates, *_embedded(files, blocks[DEFAULT]), end]
    return _order(parts, templates).encode()


def _order(parts: list[str], templates: list[str]) -> str:
    """The templates come before the script that looks for them, in the head's end, where nothing shows them."""
    head, body, shim, *rest = parts
    rest = [part for part in rest if part not in templates]
    return "".join([head.replace("</head>", "".join(templates) + "</head>"), body, shim, *rest])


def _inline(folder: str, text: str, files: Files) -> str:
    """A page with its stylesheet, icon and modules inside it."""

    def tag(match: re.Match[str]) -> str:
        return _inline_tag(folder, match[1], match[0], files)

    text = _TAG.sub(tag, text)
    imports = json.loads(_take(_IMPORT_MAP, text, "import map"))["imports"]
    urls = {name: _data_url("text/javascript", files[_resolve(folder, url)]) for name, url in imports.items()}
    text = _IMPORT_MAP.sub(lambda match: f'<script type="importmap">{script_json({"imports": urls})}</script>', text)
    _take(_MAIN, text, "first script")
    return _MAIN.sub(lambda match: f'<script type="module">{_START}</script>', text)


def _inline_tag(folder: str, tag: str, text: str, files: Files) -> str:
    values = {name: html.unescape(first or second) for name, first, second in _ATTRIBUTE.findall(text)}
    if tag == "meta":
        relative = "://" not in values.get("content", "")
        return "" if values.get("property", values.get("name")) in ("og:image", "twitter:image") and relative else text
    if "href" not in values:
        return text
    path = _resolve(folder, values["href"])
    if tag == "a":
        return _inline_link(folder, values["href"], text, files)
    if values.get("rel") == "stylesheet":
        return f"<style>{files[path].decode()}</style>"
    if values.get("rel") == "icon":
        url = _data_url(_TYPES[path.rpartition(".")[2]], files[path])
        return text.replace(f'href="{html.escape(values["href"])}"', f'href="{url}"')
    return "" if values.get("rel") in ("modulepreload", "alternate", "preload") else text


def _inline_link(folder: str, url: str, text: str, files: Files) -> str:
    """A link to the other language asks this file for it; one to an asset is led to the copy inside."""
    address, hash_mark, fragment = url.partition("#")
    if not address or "://" in address:
        return text
    if address.startswith("?"):
        return text.replace(f'"{html.escape(url)}"', f'"?lang={folder or DEFAULT}&amp;{html.escape(url[1:])}"')
    path = _resolve(folder, address)
    page = posixpath.normpath(posixpath.join(path, "index.html")) if address.endswith(("/", ".")) else path
    if page in files and page.endswith("index.html"):
        target = f"?lang={posixpath.dirname(page) or DEFAULT}{hash_mark}{fragment}"
    else:
        target = f"./{path}{hash_mark}{fragment}"
    return text.replace(f'"{html.escape(url)}"', f'"{html.escape(target)}"')


def _site_data(text: str) -> str:
    """The site's data, whose paths now start at the file itself."""
    data: dict[str, Any] = json.loads(_take(_SITE, text, "site data"))
    return str(script_json(data | {"root": "./"}))


def _template(lang: str, text: str) -> str:
    match = _BODY.fullmatch(_SITE.sub("", text))
    if not match:
        raise SingleFileError(f"{lang}/index.html: expected <body> and </body>, got none")
    title = html.escape(html.unescape(_take(_TITLE, text, "title")))
    body = _IMPORT_MAP.sub("", match[2]).replace(f'<script type="module">{_START}</script>', "")
    return f'<template data-lang="{lang}" data-title="{title}">{body}</template>\n'


def _embedded(files: Files, site: str) -> list[str]:
    """The files that the site's data names, as text."""
    return [
        f'<script type="text/plain" data-file="{name}">{base64.b64encode(data).decode()}</script>\n'
        for name, data in files.items()
        if json.dumps(name) in site
    ]


def _set_policy(head: str, shim: str) -> str:
    """The strictest policy that one file allows: its own inline code by hash, modules by data: URLs, no connection."""
    scripts = [*_INLINE.findall(head), shim, _START, _take(_IMPORT_MAP, head, "import map")]
    styles = re.findall(r"<style>(.*?)</style>", head, re.DOTALL)
    policy = (
        f"default-src 'none'; script-src 'wasm-unsafe-eval' data: {' '.join(map(csp_hash, scripts))}; "
        f"style-src {' '.join(map(csp_hash, styles))}; img-src data: blob:; connect-src 'none'; "
        "base-uri 'none'; form-action 'none'"
    )
    pattern = re.compile(r'(<meta http-equiv="Content-Security-Policy" content=")[^"]*(")')
    _take(pattern, head, "content security policy")
    return pattern.sub(lambda match: match[1] + html.escape(policy, quote=True) + match[2], head)


def _take(pattern: re.Pattern[str], text: str, what: str) -> str:
    """The first group of the only match."""
    found = pattern.findall(text)
    if len(found) != 1:
        raise SingleFileError(f"page: expected one {what}, got {len(found)}")
    return str(found[0])


def _resolve(folder: str, url: str) -> str:
    return posixpath.normpath(posixpath.join(folder, url))


def _data_url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
