"""The modules that a page needs at once as one file: asked for in one go, and smaller on the way than one by one.

In:  modules by name, and the page's first.
Out: one module that exports all that they export, so that what comes later finds each of them in it under its own name;
     `ModuleError` where what stands in one cannot stand in it.

Each keeps a scope of its own; what it exports is a constant of the whole. The first one exports nothing and may wait
for what comes later (`await import`), which needs the whole to be there.
"""

import re
from collections.abc import Mapping

from export.site.modules import Module, ModuleError

# On stripped code. What is exported is a function, a class or a constant, where it is made.
_BEGIN = r"(?:(?<=[;}\n])|^)"
_IMPORT = re.compile(_BEGIN + r"""import\s*(?:\{([^}]*)\}\s*from\s*)?["'][^"']+["'];?""")
_EXPORT = re.compile(_BEGIN + r"export\s+(?=(?:async\s+)?(?:function|class|const)\b\s*\*?\s*([\w$]+))")
_OTHER = re.compile(_BEGIN + r"(?:import\b(?!\s*[(.])|export\b)[^;\n]*")


def join_modules(modules: Mapping[str, Module], start: str) -> str:
    """`start` and all that it needs before it runs."""
    owners: dict[str, str] = {}
    parts = []
    for name in _in_order(modules, start, set()):
        exports, code = _open(modules[name])
        for export in exports:
            if export in owners:
                raise ModuleError(f"js/{name}.js: export {export}: expected a name that js/{owners[export]}.js has not")
            owners[export] = name
        shared = ",".join(exports)
        whole = f"const{{{shared}}}=(()=>{{{code}\nreturn{{{shared}}}}})();"
        parts.append(whole if name != start or exports else f"(async()=>{{{code}\n}})();")
    return "\n".join([*parts, f"export{{{','.join(owners)}}};"])


def _in_order(modules: Mapping[str, Module], start: str, seen: set[str]) -> list[str]:
    """`start` and what it needs, each after all that it needs itself."""
    seen.add(start)
    before = [found for name in modules[start].imports if name not in seen for found in _in_order(modules, name, seen)]
    return [*before, start]


def _open(module: Module) -> tuple[list[str], str]:
    """What a module exports, and its code without the words that import and export."""
    exports = _EXPORT.findall(module.code)
    renamed = [names for names in _IMPORT.findall(module.code) if " as " in names]
    code = _EXPORT.sub("", _IMPORT.sub("", module.code))
    for got in (*renamed, *_OTHER.findall(code)):
        raise ModuleError(f"js/{module.name}.js: expected imports and exports by their own names, got {got[:60]!r}")
    return exports, code
