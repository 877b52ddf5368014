"""Modules that are always needed together as one file: asked for in one go, and smaller on the way than one by one.

In:  modules by name, and which of them.
Out: one module that exports all that they export, so that what comes later finds each of them in it under its own name,
     and that imports what they import from others; `ModuleError` where what stands in one cannot stand in it.

Each keeps a scope of its own; what it exports is a constant of the whole. The first one may export nothing, and then
wait for what comes later (`await import`), which needs the whole to be there.
"""

import re
from collections.abc import Mapping, Sequence

from export.site.modules import Module, ModuleError

# On stripped code. What is exported is a function, a class or a constant, where it is made.
_BEGIN = r"(?:(?<=[;}\n])|^)"
_IMPORT = re.compile(_BEGIN + r"""import\s*(?:\{([^}]*)\}\s*from\s*)?["']([^"']+)["'];?""")
_EXPORT = re.compile(_BEGIN + r"export\s+(?=(?:async\s+)?(?:function|class|const)\b\s*\*?\s*([\w$]+))")
_OTHER = re.compile(_BEGIN + r"(?:import\b(?!\s*[(.])|export\b)[^;\n]*")


def join_modules(modules: Mapping[str, Module], names: Sequence[str]) -> str:
    """Some modules as one; none of them is needed by one that one of them needs and that is not among them."""
    opened = {name: _open(modules[name]) for name in names}  # also of one alone: what it is joined with may change
    if len(names) == 1:
        return modules[names[0]].code
    owners: dict[str, str] = {}
    outside: dict[str, list[str]] = {}
    parts, exported = [], []
    for name in _in_order(modules, names):
        imports, exports, code = opened[name]
        for source, taken in imports:
            if source not in names:
                _own(owners, source, taken, name)
                outside[source] = list(dict.fromkeys([*outside.get(source, []), *taken]))
        _own(owners, name, exports, name)
        exported += exports
        shared = ",".join(exports)
        whole = f"const{{{shared}}}=(()=>{{{code}\nreturn{{{shared}}}}})();"
        parts.append(whole if name != names[0] or exports else f"(async()=>{{{code}\n}})();")
    needed = [f'import{{{",".join(taken)}}}from"{source}";' for source, taken in outside.items()]
    return "\n".join([*needed, *parts, f"export{{{','.join(exported)}}};"])


def _in_order(modules: Mapping[str, Module], names: Sequence[str]) -> list[str]:
    """The same names, each after all that it needs itself."""
    found: list[str] = []

    def add(name: str) -> None:
        for needed in modules[name].imports:
            if needed in names and needed not in found:
                add(needed)
        if name not in found:
            found.append(name)

    for name in names:
        add(name)
    return found


def _own(owners: dict[str, str], owner: str, names: Sequence[str], place: str) -> None:
    """Each name of one file means one thing."""
    for name in names:
        if owners.setdefault(name, owner) != owner:
            raise ModuleError(f"js/{place}.js: export {name}: expected a name that js/{owners[name]}.js has not")


def _open(module: Module) -> tuple[list[tuple[str, list[str]]], list[str], str]:
    """What a module imports and from where, what it exports, and its code without the words that say so."""
    found = _IMPORT.findall(module.code)
    imports = [(source, [name.strip() for name in names.split(",") if name.strip()]) for names, source in found]
    exports = _EXPORT.findall(module.code)
    renamed = [name for _, names in imports for name in names if " as " in name]
    code = _EXPORT.sub("", _IMPORT.sub("", module.code))
    for got in (*renamed, *_OTHER.findall(code)):
        raise ModuleError(f"js/{module.name}.js: expected imports and exports by their own names, got {got[:60]!r}")
    return imports, exports, code
