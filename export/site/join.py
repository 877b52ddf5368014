"""Modules that are always needed together as one file: asked for in one go, and smaller on the way than one by one.

In:  modules by name, which of them, and which of their exports others ask for.
Out: one module that exports those, each under its own name, and that imports what they import from others;
     `ModuleError` where what stands in one cannot stand in it.

What they bind at their top stands side by side, under short names that none of them uses for anything else. The first
one may export nothing, and then wait for what comes later (`await import`), which needs the whole to be there.
"""

from collections.abc import Collection, Mapping, Sequence

from export.site.modules import Module, ModuleError, reachable
from export.site.scopes import Name, Script, read_script
from export.site.short_names import name_inside, short_names, written


def asked_of(modules: Mapping[str, Module], names: Sequence[str], start: str) -> dict[str, set[str]]:
    """Of some modules that are to be one file those that others on the page of `start` ask for, and what of each."""
    asked: dict[str, set[str]] = {}
    for one in reachable(modules, start):
        for source, taken in _read(modules[one]).imports:
            if source in names and one not in names:
                asked.setdefault(source, set()).update(taken)
        for name in modules[one].lazy:  # what is taken of these is not known
            if name in names:
                asked.setdefault(name, set()).update(_read(modules[name]).exports)
    return asked


def join_modules(
    modules: Mapping[str, Module], names: Sequence[str], asked: Mapping[str, Collection[str]] | None = None
) -> str:
    """Some modules as one, which exports what is asked of each, or all; none is needed by what one of them needs."""
    scripts = {name: _open(modules[name]) for name in _in_order(modules, names)}
    given = {name: script.exports if asked is None else asked.get(name, ()) for name, script in scripts.items()}
    outside: dict[tuple[str, str], Name] = {}
    same = _unify(scripts, outside)
    short = _name(scripts, same, list(outside.values()))
    parts = {name: written(script, short) for name, script in scripts.items()}
    if len(names) > 1 and not scripts[names[0]].exports:
        parts[names[0]] = f"(async()=>{{{parts[names[0]]}\n}})();"
    return "\n".join([*_imports(scripts, outside, short), *parts.values(), *_exports(scripts, given, short)])


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


def _read(module: Module) -> Script:
    return read_script(module.code, f"js/{module.name}.js")


def _open(module: Module) -> Script:
    script = _read(module)
    for got in script.refused:
        raise ModuleError(f"js/{module.name}.js: expected imports and exports by their own names, got {got[:60]!r}")
    return script


def _unify(scripts: Mapping[str, Script], outside: dict[tuple[str, str], Name]) -> dict[Name, Name]:
    """What each imported name is: the one that is exported, or one for all that import the same from `outside`."""
    same: dict[Name, Name] = {}
    for place, script in scripts.items():
        for source, taken in script.imports:
            for text in taken:
                name = script.top.names[text]
                if source in scripts:
                    if text not in scripts[source].exports:
                        raise ModuleError(f"js/{place}.js: import {text}: expected an export of js/{source}.js")
                    same[name] = scripts[source].top.names[text]
                else:
                    same[name] = outside.setdefault((source, text), Name(text))
    return same


def _name(scripts: Mapping[str, Script], same: Mapping[Name, Name], outside: Sequence[Name]) -> dict[Name, str]:
    """What every name of the whole is written as."""
    made = [name for script in scripts.values() for name in script.top.names.values() if name not in same]
    uses = {name: len(name.uses) for name in (*outside, *made)}
    for name, meant in same.items():
        uses[meant] += len(name.uses)
    unbound = {text for script in scripts.values() for text in script.top.unbound}
    short = dict(zip(sorted(uses, key=lambda name: -uses[name]), short_names(unbound), strict=False))
    short |= {name: short[meant] for name, meant in same.items()}
    for script in scripts.values():
        name_inside(script.top, short)
    return short


def _imports(
    scripts: Mapping[str, Script], outside: Mapping[tuple[str, str], Name], short: Mapping[Name, str]
) -> list[str]:
    lines: dict[str, list[str]] = {}
    for script in scripts.values():
        for source, _ in script.imports:
            if source not in scripts:
                lines.setdefault(source, [])
    for (source, text), name in outside.items():
        lines[source].append(_as(text, short[name]))
    taking = {source: f"{{{','.join(taken)}}}from" if taken else "" for source, taken in lines.items()}
    return [f'import{taken}"{source}";' for source, taken in taking.items()]


def _exports(
    scripts: Mapping[str, Script], given: Mapping[str, Collection[str]], short: Mapping[Name, str]
) -> list[str]:
    owners: dict[str, str] = {}
    listed = []
    for owner, script in scripts.items():
        for text in script.exports:
            if text not in given[owner]:
                continue
            if owners.setdefault(text, owner) != owner:
                raise ModuleError(f"js/{owner}.js: export {text}: expected a name that js/{owners[text]}.js has not")
            listed.append(_as(short[script.top.names[text]], text))
    return [f"export{{{','.join(listed)}}};"] if listed else []


def _as(text: str, other: str) -> str:
    return text if text == other else f"{text} as {other}"
