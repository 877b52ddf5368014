"""`python build.py --single-file`: the whole site as one .html that works from disk, without any server or network.

The same templates give the same pages; only where things are differs. Assets that scripts fetch are base64 text in
script elements, from which a script of ours answers `fetch`; modules are data: URLs in the import map; every page but
the first is a template element, which `?page=lab&lang=ja` asks for.

In:  inputs, read and checked.  Out: one HTML file as bytes.
"""

import base64
from dataclasses import replace

from markupsafe import Markup

from export.site.contents import Contents, make_contents
from export.site.inputs import Inputs
from export.site.page import PageContext, Single, View, make_environment, render, script_json
from export.site.pages import WALK, Page
from export.site.policy import Needs, make_policy

# The module that starts the page which is shown; those that need no scripts name none.
START = "const{entry}=document.documentElement.dataset;if(entry)import(entry);"
_PICTURES = {"favicon.svg": "image/svg+xml", "filters.png": "image/png"}  # that a page names itself


def make_single(inputs: Inputs, dtype: str, url: str = "") -> bytes:
    """One HTML file that holds the pages of all languages, and all that they fetch."""
    contents = make_contents(inputs, dtype, url)
    environment = make_environment(inputs.template)
    contexts = {key: _context(contents, *key) for key in contents.pages()}
    first, *others = contexts
    views = tuple(
        View(page, locale, contents.title(page, locale), Markup(text))
        for page, locale in others
        for text in [
            render(environment, page.template, contents.facts, contexts[page, locale], inputs.catalogues),
        ]
    )
    shim = contents.script("single_file.js")
    context = _whole(contents, contexts[first], views, shim, [str(one.style) for one in contexts.values()])
    return render(environment, first[0].template, contents.facts, context, inputs.catalogues).encode()


def _context(contents: Contents, page: Page, locale: str) -> PageContext:
    """What stands in the body for one page."""
    shelf = contents.shelf
    assets = {name: f"./{path}" for name, path in shelf.paths.items()}
    for name in _PICTURES.keys() & assets.keys():
        assets[name] = _data_url(_PICTURES[name], shelf.get(name))
    return PageContext(
        page=page,
        locale=locale,
        assets=assets,
        links={(one.name, language): f"?page={one.name}&lang={language}" for one, language in contents.pages()},
        csp="",
        site_json=contents.site_json(page, locale, "./"),
        part=True,
        style=Markup(shelf.get(page.sheet).decode()),
    )


def _whole(
    contents: Contents, context: PageContext, views: tuple[View, ...], shim: Markup, styles: list[str]
) -> PageContext:
    """The first page, with everything else inside it."""
    modules = dict.fromkeys(name for page, _ in contents.pages() for name in contents.modules(page))
    urls = {name: _data_url("text/javascript", contents.inputs.modules[name].code.encode()) for name in modules}
    importmap = script_json({"imports": urls})
    first = contents.first(WALK)[:1]  # the page is chosen by the script that shows it
    texts = [str(context.site_json), *(str(view.body) for view in views)]
    inline = [*map(str, first), str(shim), START, str(importmap)]
    return replace(
        context,
        csp=make_policy(Needs(scripts=inline, styles=tuple(dict.fromkeys(styles)), computes=True, alone=True)),
        first=first,
        importmap_json=importmap,
        card=contents.facts.url + contents.shelf.paths["card.png"] if contents.facts.url else "",
        part=False,
        single=Single(
            script=shim,
            start=Markup(START),
            views=views,
            files={
                path: base64.b64encode(data).decode()
                for path, data in contents.shelf.files.items()
                if any(path in text for text in texts)
            },
        ),
    )


def _data_url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
