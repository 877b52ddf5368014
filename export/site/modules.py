"""The page's scripts: plain ES modules that import each other by bare names, which an import map leads to files.

In:  the folder `js`; `network/weights.js` in it is the module "network/weights".
Out: modules by name, their comments and spaces stripped, and which of them are needed together; `ModuleError` where an
     import leads nowhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import rjsmin

from train.errors import DaeError
from train.files import is_leftover, is_source, read_text, refusals

# On stripped code, the table of js/draw/noise.js: `export const APPLY=Object.freeze({none:applyNone,"a-b":applyB})`.
_APPLY = re.compile(r"""\bAPPLY=Object\.freeze\(\{([^}]*)\}\)""")
_KEY = re.compile(r"""(?:^|,)\s*["']?([\w-]+)["']?\s*:""")
# On stripped code: `import{a}from"b"`, `import"b"`, `export*from"b"`; and `import("b")`, which loads when reached.
_STATIC = re.compile(r"""(?:^|[;}\n])(?:import|export)(?:[\s{*][^;"'()]*?\bfrom)?\s*["']([^"']+)["']""")
_LAZY = re.compile(r"""\bimport\(\s*["']([^"']+)["']\s*\)""")


class ModuleError(DaeError):
    """A script imports what is not there."""


@dataclass(frozen=True)
class Module:
    """One script."""

    name: str
    code: str  # without comments
    imports: tuple[str, ...]  # modules that must be there before this one runs
    lazy: tuple[str, ...]  # modules that it may ask for later


def read_modules(folder: Path) -> dict[str, Module]:
    """All modules of a folder by name; every import leads to one of them."""
    with refusals("read", folder):
        paths = {
            path.relative_to(folder).with_suffix("").as_posix(): path
            for top in sorted(folder.iterdir())
            for path in (sorted(top.iterdir()) if top.is_dir() else [top])
            if path.suffix == ".js" and is_source(path) and not is_leftover(top.name)
        }
    modules = {name: make_module(name, read_text(path)) for name, path in paths.items()}
    for module in modules.values():
        for name in (*module.imports, *module.lazy):
            if name not in modules:
                path = folder / f"{module.name}.js"
                raise ModuleError(f"{path}: import {name!r}: expected one of {', '.join(modules)}")
    return modules


def make_module(name: str, source: str) -> Module:
    """Strip a script's comments and find its imports."""
    code = str(rjsmin.jsmin(source))
    return Module(name, code, tuple(_STATIC.findall(code)), tuple(_LAZY.findall(code)))


def eager(modules: Mapping[str, Module], start: str) -> list[str]:
    """`start` and all modules that it needs before it runs, nearest first."""
    found = [start]
    for name in found:
        found += [needed for needed in dict.fromkeys(modules[name].imports) if needed not in found]
    return found


def reachable(modules: Mapping[str, Module], start: str) -> list[str]:
    """`start` and all modules that it may ever ask for, nearest first."""
    found = [start]
    for name in found:
        module = modules[name]
        found += [other for other in dict.fromkeys((*module.imports, *module.lazy)) if other not in found]
    return found


def group(modules: Mapping[str, Module], start: str) -> list[list[str]]:
    """All that `start` may ever ask for, by what asks for it: what it needs at once, then what always comes together.

    What a module of one group needs stands in the same or in one that is asked for by more: no two wait for each other.
    """
    first = eager(modules, start)
    found = reachable(modules, start)
    asking: dict[str, list[str]] = {name: [] for name in found}
    for name in dict.fromkeys(name for module in found for name in modules[module].lazy):
        for needed in eager(modules, name):
            asking[needed].append(name)
    groups: dict[tuple[str, ...], list[str]] = {(): first}
    for name in found:
        if name not in first:
            groups.setdefault(tuple(asking[name]), []).append(name)
    return list(groups.values())


def noise_kinds(module: Module) -> set[str]:
    """The noises that the scripts know what to do for."""
    table = _APPLY.search(module.code)
    return set(_KEY.findall(table[1])) if table else set()
