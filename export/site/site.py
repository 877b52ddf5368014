"""The site as a folder: every page rendered in memory, with relative links, before the first file is written.

In:  inputs, read and checked.
Out: files by path; every asset under a name that holds its hash, the manifest last.
"""

from dataclasses import replace
from pathlib import Path

from export.site.contents import Contents, make_contents
from export.site.inputs import Inputs
from export.site.manifest import make_manifest
from export.site.offline import APP
from export.site.page import PageContext, make_environment, render, script_json
from export.site.pages import WALK, Page, root_of
from export.site.policy import Needs, make_policy
from export.site.pwa import WORKER, make_app, make_worker, read_retired, read_sources
from export.site.statics import read_statics


def make_files(
    inputs: Inputs, dtype: str, url: str = "", *, pwa: bool = False, static: Path | None = None
) -> dict[str, bytes]:
    """Every file of the site by its path, the manifest last; with `pwa` it also works offline.

    What the folder `static` holds, where there is one, is the owner's, and part of the site as it is.
    """
    contents = make_contents(inputs, dtype, url)
    shelf, catalogues = contents.shelf, inputs.catalogues
    sources = read_sources(inputs.template / "pwa") if pwa else {}
    if pwa:
        shelf.put("register.js", sources["register.js"].encode())
        shelf.put(APP, make_app(contents.title(WALK, contents.facts.locales[0]), shelf.paths))
    environment = make_environment(inputs.template)
    files: dict[str, bytes] = {".nojekyll": b""}
    for page, locale in contents.pages():
        context = _context(contents, page, locale, offline=pwa)
        text = render(environment, page.template, contents.facts, context, catalogues)
        files[f"{page.place(locale)}index.html"] = text.encode()
    missing = replace(
        _context(contents, WALK, contents.facts.locales[0], offline=False), first=(contents.script("find_home.js"),)
    )
    files["404.html"] = render(environment, "404.html.j2", contents.facts, missing, catalogues).encode()
    files |= shelf.files
    if pwa:
        files[WORKER] = make_worker(files, sources[WORKER], contents.spared())
    else:
        files[WORKER] = read_retired(inputs.template / "pwa")
    taken = files.keys() if pwa else files.keys() - {WORKER}  # an owner's own worker takes the place of none
    owner = read_statics(static, taken) if static else {}
    name, data = make_manifest(files | owner, owner)
    return files | owner | {name: data}


def _context(contents: Contents, page: Page, locale: str, *, offline: bool) -> PageContext:
    facts = contents.facts
    place = page.place(locale)
    root = root_of(place)
    assets = {name: root + path for name, path in contents.shelf.paths.items()}
    modules = {name: root + file for name, file in contents.scripts[page.name].items()}
    importmap = script_json({"imports": modules}) if modules else script_json({})
    first = contents.first(page)
    inline = [*map(str, first), *([str(importmap)] if modules else [])]
    base = facts.url or root
    return PageContext(
        page=page,
        locale=locale,
        assets=assets,
        links={(one.name, language): root + one.place(language) for one, language in contents.pages()},
        csp=make_policy(Needs(scripts=inline, computes=bool(modules), offline=offline)),
        first=first,
        entry=modules.get(page.entry, ""),
        importmap_json=importmap,
        site_json=contents.site_json(page, locale, root),
        canonical=facts.url + place if facts.url else "",
        alternates={language: base + page.place(language) for language in facts.locales},
        card=(facts.url or root) + contents.shelf.paths["card.png"],
        offline=offline,
    )
