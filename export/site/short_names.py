"""Short names for what a script binds, which mean what its own names meant.

In:  a `Script`, whose uses of names are known (see export/site/scopes.py).
Out: its code with other names: `shortened` of a script that stands alone, `written` with names that were found for it.

A scope's name may be any that means nothing else in it: no name from outside that is used in it or further inside, and
none that is bound nowhere (`document`). So every use means after it what it meant before.
"""

import itertools
import string
from collections.abc import Container, Iterator, Mapping

from export.site.scopes import Name, Scope, Script, read_script

_WORDS = {
    *("arguments", "as", "async", "await", "break", "case", "catch", "class", "const", "continue"),
    *("debugger", "default", "delete", "do", "else", "enum", "eval", "export", "extends", "false"),
    *("finally", "for", "function", "get", "if", "implements", "import", "in", "instanceof", "interface"),
    *("let", "new", "null", "of", "package", "private", "protected", "public", "return", "set", "static"),
    *("super", "switch", "this", "throw", "true", "try", "typeof", "undefined", "var", "void", "while"),
    *("with", "yield"),
}
_FIRST = "etaionsrcldhupmfgwbyvkxjqz" + string.ascii_uppercase + "$_"  # what a text has most of packs best


def short_names(taken: Container[str]) -> Iterator[str]:
    """Names, shorter ones first, without those that are taken or are words of the language."""
    for length in itertools.count(1):
        for letters in itertools.product(_FIRST, repeat=length):
            name = "".join(letters)
            if name not in taken and name not in _WORDS:
                yield name


def name_inside(scope: Scope, names: dict[Name, str]) -> None:
    """Give short names to all that inner scopes bind; `names` holds those of this scope and of its outer ones.

    In the order in which they are bound, so that functions look alike: they pack better than with the shortest names
    for those that are used most.
    """
    for inner in scope.inner:
        taken = {names.get(name, name.text) for name in inner.foreign} | inner.unbound
        names |= zip(inner.names.values(), short_names(taken), strict=False)
        name_inside(inner, names)


def shortened(code: str, where: str) -> str:
    """A script that stands alone, with the names that it binds at its top left as they are: they are the page's."""
    script = read_script(code, where)
    names: dict[Name, str] = {}
    name_inside(script.top, names)
    return written(script, names)


def written(script: Script, names: Mapping[Name, str]) -> str:
    """The code without its imports and the word `export`, and with these names for those that they are given to."""
    changes = [(one.start, one.end, "") for one in script.cuts]
    for name in script.top.all_names():
        new = names.get(name, name.text)
        if new != name.text:
            changes += [(one.start, one.end, f"{name.text}:{new}" if one.shorthand else new) for one in name.uses]
    private = sorted(script.private.values(), key=lambda uses: -len(uses))
    for uses, new in zip(private, short_names(()), strict=False):
        changes += [(one.start, one.end, f"#{new}") for one in uses]
    parts, at = [], 0
    for start, end, new in sorted(changes):
        parts += [script.code[at:start], new.encode()]
        at = end
    return b"".join([*parts, script.code[at:]]).decode()
