"""What the names of a script mean: where each is bound, and wherever it is used.

In:  stripped code: an ES module, or a script that stands inside a page.
Out: `Script`: its imports, its exports and its scopes; `ScriptError` where it is none. The parser is Tree-sitter's.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import tree_sitter
import tree_sitter_javascript

from train.errors import DaeError, quote

_LANGUAGE = tree_sitter.Language(tree_sitter_javascript.language())
_EXPORTED = ("const", "function_declaration", "generator_function_declaration", "class_declaration")
_SHORTHAND = ("shorthand_property_identifier", "shorthand_property_identifier_pattern")
BEFORE, BEHIND = 20, 40  # bytes that are shown around a fault


class ScriptError(DaeError):
    """What should be a script is none."""


@dataclass(frozen=True)
class Use:
    """One place where a name is written, in bytes of the code."""

    start: int
    end: int
    shorthand: bool = False  # {name} for {name: name}


@dataclass(eq=False)
class Name:
    """One name that a scope binds; two of the same letters in two scopes are two."""

    text: str
    uses: list[Use] = field(default_factory=list)


@dataclass(eq=False)
class Scope:
    """What binds names: a script, a function, a block, a loop, a class."""

    outer: "Scope | None"
    is_function: bool = False
    names: dict[str, Name] = field(default_factory=dict)
    inner: list["Scope"] = field(default_factory=list)
    foreign: set[Name] = field(default_factory=set)  # bound further outside, used in it or further inside
    unbound: set[str] = field(default_factory=set)  # bound nowhere, used in it or further inside

    def within(self, *, is_function: bool = False) -> "Scope":
        """A new scope inside."""
        scope = Scope(self, is_function)
        self.inner.append(scope)
        return scope

    def function(self) -> "Scope":
        """Where `var` binds: the function it stands in, or the script."""
        return self if self.is_function or self.outer is None else self.outer.function()

    def all_names(self) -> Iterator[Name]:
        """What it binds, and what is bound further inside."""
        yield from self.names.values()
        for one in self.inner:
            yield from one.all_names()


@dataclass(frozen=True)
class Script:
    """One script."""

    code: bytes
    top: Scope
    imports: list[tuple[str, list[str]]]  # from where, and which names
    exports: list[str]
    private: dict[str, list[Use]]  # `#names` of classes
    cuts: list[Use]  # the words that say what is imported and exported
    refused: list[str]  # imports and exports by other names than their own


@functools.lru_cache(maxsize=1024)  # an owner who saves again and again keeps no more
def read_script(code: str, where: str) -> Script:
    """Parse a script, and find what each of its names means; `ScriptError` with its place where it is none."""
    data = code.encode()
    root = tree_sitter.Parser(_LANGUAGE).parse(data).root_node
    if root.has_error:
        start = next(_errors(root)).start_byte
        got = data[max(start - BEFORE, 0) : start + BEHIND].decode(errors="replace")
        raise ScriptError(f"{where}: expected a script in JavaScript, got a fault at or after {quote(got)}")
    return _Reader(data).read(root)


def _errors(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """What the parser could make nothing of, or missed."""
    if node.is_error or node.is_missing:
        yield node
    for child in node.children:
        if child.has_error:
            yield from _errors(child)


class _Reader:
    """One walk over a script's syntax, and then one over the names that were met."""

    def __init__(self, code: bytes) -> None:
        self._met: list[tuple[Scope, str, Use]] = []
        self._script = Script(code, Scope(None, is_function=True), [], [], {}, [], [])

    def read(self, root: tree_sitter.Node) -> Script:
        self._inside(root, self._script.top)
        for scope, text, use in self._met:
            passed: list[Scope] = []
            place: Scope | None = scope
            while place is not None and text not in place.names:
                passed.append(place)
                place = place.outer
            if place is None:
                for one in passed:
                    one.unbound.add(text)
                continue
            name = place.names[text]
            name.uses.append(use)
            for one in passed:
                one.foreign.add(name)
        return self._script

    def _visit(self, node: tree_sitter.Node, scope: Scope) -> None:
        _READ.get(node.type, _Reader._inside)(self, node, scope)

    def _inside(self, node: tree_sitter.Node, scope: Scope) -> None:
        for child in node.named_children:
            self._visit(child, scope)

    def _block(self, node: tree_sitter.Node, scope: Scope) -> None:
        self._inside(node, scope.within())

    def _private(self, node: tree_sitter.Node, _: Scope) -> None:
        self._script.private.setdefault(_text(node), []).append(Use(node.start_byte, node.end_byte))

    def _variables(self, node: tree_sitter.Node, scope: Scope) -> None:
        of = scope.function() if node.type == "variable_declaration" else scope  # `var`, or `let` and `const`
        for declarator in node.named_children:
            self._declare(_field(declarator, "name"), scope, of)
            if (value := declarator.child_by_field_name("value")) is not None:
                self._visit(value, scope)

    def _loop(self, node: tree_sitter.Node, scope: Scope) -> None:
        inside, left = scope.within(), _field(node, "left")
        match node.child_by_field_name("kind"):
            case None:
                self._visit(left, inside)
            case kind:
                self._declare(left, inside, scope.function() if kind.type == "var" else inside)
        self._visit(_field(node, "right"), inside)
        self._visit(_field(node, "body"), inside)

    def _catch(self, node: tree_sitter.Node, scope: Scope) -> None:
        inside = scope.within()
        if (parameter := node.child_by_field_name("parameter")) is not None:
            self._declare(parameter, inside, inside)
        self._body(_field(node, "body"), inside)

    def _meet(self, node: tree_sitter.Node, scope: Scope) -> None:
        use = Use(node.start_byte, node.end_byte, node.type in _SHORTHAND)
        self._met.append((scope, _text(node), use))

    def _declare(self, pattern: tree_sitter.Node, scope: Scope, of: Scope) -> None:
        """Bind the names of a pattern that is written in `scope` as those `of` one; what it computes is visited."""
        match pattern.type:
            case "identifier" | "shorthand_property_identifier_pattern":
                of.names.setdefault(_text(pattern), Name(_text(pattern)))
                self._meet(pattern, scope)
            case "assignment_pattern" | "object_assignment_pattern":
                self._declare(_field(pattern, "left"), scope, of)
                self._visit(_field(pattern, "right"), scope)
            case "pair_pattern":
                self._visit(_field(pattern, "key"), scope)
                self._declare(_field(pattern, "value"), scope, of)
            case _:
                for child in pattern.named_children:
                    self._declare(child, scope, of)

    def _function(self, node: tree_sitter.Node, scope: Scope) -> None:
        inside = scope.within(is_function=True)
        if (name := node.child_by_field_name("name")) is not None:
            if node.type == "method_definition":
                self._visit(name, scope)
            elif node.type.endswith("declaration"):  # where code is not strict, known outside of its block, too
                self._declare(name, scope, scope.function())
            else:
                self._declare(name, inside, inside)
        for parameters in ("parameter", "parameters"):
            if (found := node.child_by_field_name(parameters)) is not None:
                self._declare(found, inside, inside)
        self._body(_field(node, "body"), inside)

    def _body(self, node: tree_sitter.Node, scope: Scope) -> None:
        """What may bind no name again that its parameters bind."""
        if node.type == "statement_block":
            self._inside(node, scope)
        else:
            self._visit(node, scope)

    def _class(self, node: tree_sitter.Node, scope: Scope) -> None:
        inside = scope.within()
        name = node.child_by_field_name("name")
        if name is not None:
            of = scope if node.type == "class_declaration" else inside
            self._declare(name, of, of)
        for child in node.named_children:
            if child != name:
                self._visit(child, inside)

    def _import(self, node: tree_sitter.Node, scope: Scope) -> None:
        script = self._script
        names: list[str] = []
        for clause in node.named_children:
            if clause.type != "import_clause":
                continue
            for taken in clause.named_children:
                if taken.type != "named_imports":
                    script.refused.append(_text(node))
                    continue
                for specifier in taken.named_children:
                    if specifier.child_by_field_name("alias") is not None:
                        script.refused.append(_text(specifier))
                    names.append(_text(_field(specifier, "name")))
        for name in names:
            scope.names[name] = Name(name)
        script.imports.append((_text(_field(node, "source"))[1:-1], names))
        script.cuts.append(_statement(node, script.code))

    def _export(self, node: tree_sitter.Node, scope: Scope) -> None:
        made = node.child_by_field_name("declaration")
        kind = made.child_by_field_name("kind") if made else None
        if made is None or node.children[1] != made or (kind or made).type not in _EXPORTED:
            self._script.refused.append(_text(node))
            return
        self._script.cuts.append(Use(node.start_byte, made.start_byte))
        names = [made] if made.child_by_field_name("name") is not None else made.named_children
        for one in names:
            name = _field(one, "name")
            if name.type != "identifier":
                self._script.refused.append(_text(node))
                return
            self._script.exports.append(_text(name))
        self._visit(made, scope)


def _statement(node: tree_sitter.Node, code: bytes) -> Use:
    """A statement with the semicolon that ends it."""
    end = node.end_byte
    return Use(node.start_byte, end + 1 if code[end : end + 1] == b";" else end)


def _text(node: tree_sitter.Node) -> str:
    assert node.text is not None
    return node.text.decode()


def _field(node: tree_sitter.Node, name: str) -> tree_sitter.Node:
    child = node.child_by_field_name(name)
    assert child is not None, f"{node.type} without {name}"
    return child


_READ: dict[str, Callable[[_Reader, tree_sitter.Node, Scope], None]] = {
    **dict.fromkeys(
        ("identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"), _Reader._meet
    ),
    **dict.fromkeys(("statement_block", "switch_body", "for_statement"), _Reader._block),
    **dict.fromkeys(("function_declaration", "generator_function_declaration", "arrow_function"), _Reader._function),
    **dict.fromkeys(("function_expression", "generator_function", "method_definition"), _Reader._function),
    **dict.fromkeys(("class_declaration", "class"), _Reader._class),
    "private_property_identifier": _Reader._private,
    **dict.fromkeys(("lexical_declaration", "variable_declaration"), _Reader._variables),
    "for_in_statement": _Reader._loop,
    "catch_clause": _Reader._catch,
    "import_statement": _Reader._import,
    "export_statement": _Reader._export,
}
