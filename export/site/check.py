"""`python build.py check`: a built site held against itself. Every URL is followed, every number computed again.

In:  a folder.  Out: a list of faults, one sentence each; empty where the site is whole.
"""

from fnmatch import fnmatch
from pathlib import Path

from export.site.blocks import Block
from export.site.check_files import FIXED, check_asset, read_files
from export.site.check_models import check_entries, check_models
from export.site.check_page import check_languages, check_page
from export.site.figures import describe_recipes, differing
from export.site.manifest import ManifestError, find_manifest, read_manifest
from export.site.urls import read_page
from train.errors import DaeError
from train.files import FileError
from train.run.report import read_report


class CheckError(DaeError):
    """A site has faults; the message is all of them, a line each."""


def check(folder: Path) -> str:
    """A line about a whole site; `CheckError` with every fault of another."""
    faults = check_site(folder)
    if faults:
        raise CheckError("\n".join([f"{folder}: {len(faults)} fault(s)", *faults]))
    entries = read_manifest(find_manifest(folder))
    said = f"{folder}: {len(entries)} files, every URL, hash, weight and golden value as it should be"
    reports = [name for name in entries if fnmatch(name, "assets/report.*.json")]
    recipes = {name: row.recipe for report in reports for name, row in read_report(folder / report).models.items()}
    return f"{said}; the recipes differ: {text}" if (text := describe_recipes(differing(recipes))) else said


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
    files = read_files(folder, manifest.name, entries, faults)
    files = {name: data for name, data in files.items() if not entries[name].owner}
    faults += [f"{name}: expected in every site, got nothing" for name in FIXED if name not in files]
    pages = {name: read_page(data.decode("utf-8", "replace")) for name, data in files.items() if name.endswith(".html")}
    sites: dict[str, Block] = {}
    for name, page in pages.items():
        faults += [f"{name}: {fault}" for fault in check_page(name, page, files, sites)]
    for name, data in files.items():
        faults += [f"{name}: {fault}" for fault in check_asset(name, data)]
    faults += check_languages(pages, sites)
    for name, site in sites.items():
        faults += [f"{name}: {fault}" for fault in check_entries(site, files)]
    if sites and not faults:
        faults += check_models(max(sites.values(), key=_knows), files)
    return faults


def _knows(site: Block) -> tuple[bool, int]:
    """How much a page's scripts know of the models; the lab's know all of them, and what they answer."""
    models = site.get("models")
    return "golden" in site, len(models) if isinstance(models, list) else 0
