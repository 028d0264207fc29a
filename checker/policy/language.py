"""The language of conditions: CEL, checked by Google's own checker against the vocabulary, as `expression` nodes.

`cel_expr_python` parses and type-checks at load; at run time the nodes evaluate themselves, because its runtime
is slower and cannot tell "unknown" from an error. What could observe that a fact is absent (`has`, `null`, `dyn`)
is refused, so that a rule can never treat unknown as a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from ..facts import Field, Vocabulary
from .expression import Apply, Both, Const, Convert, Count, Fact, ItemField, Items, Matches, Node, Not, Quantified
from .source import nearest
from .wire import Checked, Expr, decode

MAX_CHARACTERS = 2_000
MAX_PATTERN = 200
MAX_NESTING = 2

Complain = Callable[[str, str, int], None]
"""Takes message, hint, and the character offset in the condition."""

_TYPES = {"double": 1, "int": 3, "bool": 8, "string": 9, "strings": 9}
_COMPARE = {"_==_": "==", "_!=_": "!=", "_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">=", "@in": "in"}
_TEXT = ("startsWith", "endsWith", "contains")
_ARITHMETIC = {"_+_": "+", "_-_": "-", "_*_": "*"}
_OVERLOADS = re.compile(
    r"(equals|not_equals|(less|greater)(_equals)?_(double|int64|string)|in_list|logical_(and|or|not)"
    r"|size_list|list_size|(starts_with|ends_with|contains|matches)_string|matches|int64_to_double"
    r"|(add|subtract|multiply)_(double|int64))"
)
_ERROR = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_BARRED = {
    "has": "unknown is absent here, and a rule must not see that; write the condition for the value alone",
    "dyn": "every fact has a type",
    "exists_one": "write `size(list.filter(x, ...)) == 1`",
    "map": "write `list.exists(x, ...)` or `list.all(x, ...)`",
    "_?_:_": "write `a && b || !a && c`",
    "_/_": "multiply instead, e.g. `a > b * 0.5`",
    "_[_]": "items have no fixed order; write `list.exists(x, ...)`",
}


class Refused(Exception):
    """A construct that CEL knows and a policy must not use; `args`: message, hint, offset."""


class Language:
    """Conditions over one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        from cel_expr_python.cel import NewEnv, Type
        from google.protobuf import descriptor_pb2, descriptor_pool

        self.vocabulary = vocabulary
        file = descriptor_pb2.FileDescriptorProto(name="facts.proto", package="facts", syntax="proto2")
        for name, fields in {**vocabulary.groups, **vocabulary.lists}.items():
            message = file.message_type.add(name=name)
            for number, (key, row) in enumerate(fields.items(), 1):
                label = 3 if row.type == "strings" else 1
                message.field.add(name=key, number=number, label=label, type=_TYPES[row.type])
        pool = descriptor_pool.DescriptorPool()
        pool.AddSerializedFile(file.SerializeToString())
        variables = {name: Type(f"facts.{name}") for name in vocabulary.groups}
        variables |= {name: Type.List(Type(f"facts.{name}")) for name in vocabulary.lists}
        self._env = NewEnv(descriptor_pool=pool, variables=variables)
        self._text = NewEnv(variables={"text": Type.STRING})

    def field(self, name: str) -> Field | None:
        """The row of ``group.field``."""
        group, _, key = name.partition(".")
        return self.vocabulary.groups.get(group, {}).get(key)

    def scalars(self) -> list[str]:
        return [f"{group}.{key}" for group, fields in self.vocabulary.groups.items() for key in fields]

    def compile(self, text: str, complain: Complain) -> Node | None:
        """The condition as a node; None after complaints."""
        if len(text) > MAX_CHARACTERS:
            complain(f"a condition longer than {MAX_CHARACTERS} characters", "split it with `all:` or `any:`", 0)
            return None
        if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
            complain("a character that no text can hold", "", 0)
            return None
        try:
            compiled = self._env.compile(text)
        except RuntimeError as error:
            self._explain(text, str(error), complain)
            return None
        if (found := compiled.return_type().name()) != "BOOL":
            complain(f"a condition has to be true or false, this is {found.lower()}", _compare_hint(found), 0)
            return None
        try:
            return _Reader(self, decode(compiled.serialize())).condition()
        except Refused as refused:
            complain(*refused.args)
            return None

    def pattern(self, pattern: str, offset: int) -> Callable[[str], bool]:
        """Search by RE2, which needs linear time; Python's `re` can take for ever."""
        if len(pattern) > MAX_PATTERN:
            raise Refused(f"a pattern longer than {MAX_PATTERN} characters", "", offset)
        literal = '"' + "".join(c if c.isalnum() and c.isascii() else f"\\U{ord(c):08x}" for c in pattern) + '"'
        program = self._text.compile(f"text.matches({literal})")
        if not isinstance(program.eval(data={"text": ""}).value(), bool):
            raise Refused("not a regular expression", "RE2 syntax, e.g. `(?i)^us-`", offset)

        def search(text: str) -> bool:
            safe = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
            return bool(program.eval(data={"text": safe}).value())

        return search

    def _explain(self, text: str, told: str, complain: Complain) -> None:
        """The checker's messages in the words of the vocabulary."""
        found = _ERROR.findall(told)
        if not found:
            complain(f"not a condition: {told.splitlines()[0][:200]}", "", 0)
        lines = text.split("\n")
        for row, column, message in found[:10]:
            line = max(0, int(row) - 1)
            offset = sum(len(part) + 1 for part in lines[:line]) + max(0, int(column) - 1)
            complain(*self._translate(text, message, offset))

    def _translate(self, text: str, message: str, offset: int) -> tuple[str, str, int]:
        groups, lists = self.vocabulary.groups, self.vocabulary.lists
        if m := re.match(r"undefined field '(\w+)' not found in struct 'facts\.(\w+)'", message):
            owner = {**groups, **lists}.get(m[2], {})
            shown = f"{m[2]}.{m[1]}" if m[2] in groups else f"{m[2]}[].{m[1]}"
            return f"unknown fact `{shown}`", nearest(m[1], owner) or "`checker policy facts` lists all", offset
        if m := re.match(r"undeclared reference to '([\w.@]+)'", message):
            return self._undeclared(m[1], text, offset)
        if m := re.match(r"found no matching overload for '(\S+)' applied to '(.*)'", message):
            operator = m[1].replace("_", " ").strip() if re.search(r"\W", m[1]) else m[1]
            applied = re.sub(r"facts\.(\w+)", r"\1", m[2])
            hint = {
                "(double, int)": "write a decimal number, e.g. `1.0`",
                "(int, double)": "write a whole number, e.g. `1`",
                "(bool, string)": "write `true` or `false` without quotes",
            }.get(m[2], "")
            if not hint and m[1] == "@in":
                hint = 'write `"value" in group.field` or `group.field in ["a", "b"]`'
            return f"`{operator.lstrip('@')}` does not fit {applied}", hint, offset
        if message.startswith("Syntax error"):
            return re.sub(r", expecting .*| expecting .*", "", message.replace("Syntax", "syntax")), "", offset
        return message[:200], "", offset

    def _undeclared(self, name: str, text: str, offset: int) -> tuple[str, str, int]:
        group, _, key = name.partition(".")
        start = text.rfind(group, 0, offset + len(group))
        offset = start if start >= 0 else offset
        if group in _BARRED:
            return f"`{group}` is not available in a policy", _BARRED[group], offset
        if re.match(r"\s*\(", text[offset + len(name) :]):
            functions = ("exists", "all", "filter", "size", *_TEXT, "matches", "double")
            return f"unknown function `{name}`", nearest(name, functions), offset
        if key:
            return f"unknown fact `{name}`", nearest(name, self.scalars()) or _LISTED, offset
        if owners := [fact for fact in self.scalars() if fact.endswith(f".{name}")]:
            return f"unknown fact `{name}`", f"did you mean `{owners[0]}`?", offset
        known = (*self.vocabulary.groups, *self.vocabulary.lists)
        hint = f'text needs quotes: `"{name}"`' if name.isupper() else nearest(name, known)
        return f"unknown fact `{name}`", hint, offset


_LISTED = "`checker policy facts` lists all"


def _compare_hint(found: str) -> str:
    return "compare it, e.g. `size(faces) > 0`" if found == "INT" else "compare it with a value"


class _Reader:
    """One checked tree -> nodes."""

    def __init__(self, language: Language, checked: Checked) -> None:
        self.language, self.checked = language, checked
        self.groups, self.lists = language.vocabulary.groups, language.vocabulary.lists
        self.scope: dict[str, ItemField] = {}

    def condition(self) -> Node:
        return self._bool(self.checked.root)

    def _refuse(self, expr: Expr, message: str, hint: str = "") -> Refused:
        return Refused(message, hint, self.checked.offsets.get(expr.id, 0))

    def _bool(self, expr: Expr) -> Node:
        node = self._node(expr)
        if node.type != "bool":
            raise self._refuse(expr, f"a condition has to be true or false, this is {node.type}")
        return node

    def _node(self, expr: Expr) -> Node:
        match expr.kind:
            case "const":
                return self._const(expr)
            case "ident":
                return self._ident(expr)
            case "select":
                return self._select(expr)
            case "call":
                return self._call(expr)
            case "list":
                return self._list(expr)
            case "fold":
                return self._quantified(expr)
        raise self._refuse(expr, "maps and messages are not available in a policy")

    def _const(self, expr: Expr) -> Const:
        if expr.name not in ("bool", "int", "double", "string"):
            hint = "unknown facts are absent, never null" if expr.name == "null" else ""
            raise self._refuse(expr, f"{expr.name} is not available in a policy", hint)
        return Const(expr.name, expr.value)

    def _list(self, expr: Expr) -> Const:
        items = [self._const(part) for part in expr.of if part.kind == "const"]
        if not items or len(items) < len(expr.of) or len({c.type for c in items}) > 1:
            raise self._refuse(expr, "a list has to hold values of one type, written out", 'e.g. `["a", "b"]`')
        return Const("list", frozenset(c.value for c in items))

    def _ident(self, expr: Expr) -> Node:
        if expr.name in self.scope:
            return self.scope[expr.name]
        if expr.name in self.lists:
            return Items("list", expr.name)
        if expr.name in self.groups:
            first = next(iter(self.groups[expr.name]))
            raise self._refuse(expr, f"`{expr.name}` is a group of facts", f"name one, e.g. `{expr.name}.{first}`")
        raise self._refuse(expr, f"`{expr.name}` is not available in a policy")

    def _select(self, expr: Expr) -> Node:
        (of,) = expr.of
        if expr.value:
            raise self._refuse(expr, "`has` is not available in a policy", _BARRED["has"])
        if of.kind == "ident" and of.name in self.scope and not self.scope[of.name].field:
            owner = self.scope[of.name]
            row = self.lists[owner.items][expr.name]
            if row.type == "strings":
                raise self._refuse(expr, "lists within lists are not available in a policy")
            return ItemField(row.type, owner.slot, of.name, owner.items, expr.name, row.values)
        if of.kind == "ident" and of.name in self.groups:
            row = self.groups[of.name][expr.name]
            return Fact(row.type, f"{of.name}.{expr.name}", row.values)
        raise self._refuse(expr, f"`.{expr.name}` is not available here")

    def _call(self, expr: Expr) -> Node:
        overloads = self.checked.overloads.get(expr.id, ())
        name = expr.name
        if not overloads or not all(_OVERLOADS.fullmatch(o) for o in overloads):
            shown = name.replace("_", " ").strip() if re.search(r"\W", name) else name
            raise self._refuse(expr, f"`{shown}` is not available in a policy", _BARRED.get(name, ""))
        if name == "_&&_":
            return _join(False, [self._bool(part) for part in expr.of])
        if name == "_||_":
            return _join(True, [self._bool(part) for part in expr.of])
        if name == "!_":
            return Not("bool", self._bool(expr.of[0]))
        if name == "size":
            return self._size(expr)
        parts = [self._node(part) for part in expr.of]
        if name == "double":
            return Convert("double", parts[0])
        left, right = parts
        if name == "matches":
            if not isinstance(right, Const):
                raise self._refuse(expr, "the pattern of `matches` has to be written out")
            return Matches("bool", left, right.value, self.language.pattern(right.value, self._offset(expr.of[1])))
        if name in _ARITHMETIC:
            return Apply(left.type, _ARITHMETIC[name], left, right)
        operator = _COMPARE.get(name, name)
        self._fits(expr, operator, left, right)
        if isinstance(left, Const) and operator in _MIRROR:  # literal first: turn it round
            left, right, operator = right, left, _MIRROR[operator]
        return Apply("bool", operator, left, right)

    def _offset(self, expr: Expr) -> int:
        return self.checked.offsets.get(expr.id, 0)

    def _fits(self, expr: Expr, operator: str, left: Node, right: Node) -> None:
        if operator == "in":
            if left.type in ("list", "strings", "item") or right.type not in ("list", "strings"):
                raise self._refuse(expr, "`in` needs a value and a list of values")
        elif {left.type, right.type} & {"list", "strings", "item"}:
            hint = 'write `"value" in group.field`' if "strings" in (left.type, right.type) else "compare a fact of it"
            raise self._refuse(expr, "lists and items cannot be compared", hint)
        if isinstance(left, Const) and isinstance(right, Const):
            raise self._refuse(expr, "two literals: this is always the same")
        for fact, other, side in ((left, right, expr.of[1]), (right, left, expr.of[0])):
            values = getattr(fact, "values", ())
            if values and isinstance(other, Const) and operator in ("==", "!=", "in"):
                self._enumerated(fact, values, side)

    def _enumerated(self, fact: Node, values: tuple[str, ...], side: Expr) -> None:
        name = fact.name if isinstance(fact, Fact) else getattr(fact, "field", "")
        for const in side.of if side.kind == "list" else (side,):
            if const.value not in values:
                raise self._refuse(const, f"`{const.value}` is not a value of `{name}`", nearest(const.value, values))

    def _size(self, expr: Expr) -> Count:
        over = expr.of[0]
        if over.kind == "fold":
            items, slot, variable, where = self._fold(over, "filter")
            return Count("int", items, slot, variable, where)
        return Count("int", self._range(over))

    def _range(self, expr: Expr) -> Node:
        node = self._node(expr)
        if not isinstance(node, Items | Fact):
            raise self._refuse(expr, "this is not a list of the vocabulary")
        return node

    def _quantified(self, expr: Expr) -> Quantified:
        items, slot, variable, where = self._fold(expr, "exists", "all")
        return Quantified("bool", expr.of[2].name == "_||_", items, slot, variable, where)

    def _fold(self, expr: Expr, *allowed: str) -> tuple[Node, str, str, Node]:
        over, first, step, result = expr.of
        kind = {("const", "_||_"): "exists", ("const", "_&&_"): "all", ("list", "_?_:_"): "filter"}.get(
            (first.kind, step.name), "map"
        )
        if first.kind == "const" and first.name == "int":
            kind = "exists_one"
        if kind not in allowed or (result.kind != "ident"):
            hint = _BARRED.get(kind) or "write `list.exists(x, ...)`, `list.all(x, ...)` or `size(list.filter(x, ...))`"
            raise self._refuse(expr, f"`{kind}` is not available here", hint)
        if len(self.scope) >= MAX_NESTING:
            raise self._refuse(expr, f"lists nested deeper than {MAX_NESTING}")
        variable = expr.name
        if variable in self.scope or variable in self.groups or variable in self.lists or expr.value:
            raise self._refuse(expr, f"`{variable}` already means something else", "choose another name")
        items = self._range(over)
        slot = f"@{len(self.scope)}"
        owner = items.name if isinstance(items, Items) else ""
        values = items.values if isinstance(items, Fact) else ()
        self.scope[variable] = ItemField("item" if owner else "string", slot, variable, owner, "", values)
        where = self._bool(step.of[0] if kind == "filter" else step.of[1])
        del self.scope[variable]
        return items, slot, variable, where


_MIRROR = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _join(absorbs: bool, parts: Iterable[Node]) -> Both:
    """`a && b && c` as one node."""
    flat: list[Node] = []
    for part in parts:
        flat += part.of if isinstance(part, Both) and part.absorbs is absorbs else (part,)
    return Both("bool", absorbs, tuple(flat))


def one_of(row: Field, name: str, values: tuple[Any, ...]) -> Node:
    """The node of the sugar ``name: value`` or ``name: [values]``: any of them; of `strings`: holds any of them."""
    fact = Fact(row.type, name, row.values)
    if row.type == "strings":
        parts = [Apply("bool", "in", Const("string", value), fact) for value in values]
        return parts[0] if len(parts) == 1 else Both("bool", True, tuple(parts))
    if values == (True,):
        return fact
    if len(values) == 1:
        return Apply("bool", "==", fact, Const(row.type, values[0]))
    return Apply("bool", "in", fact, Const("list", frozenset(values)))


def all_of(*parts: Node | None) -> Node | None:
    """The conjunction of those that are there."""
    there = [part for part in parts if part is not None]
    return there[0] if len(there) == 1 else _join(False, there) if there else None


_LANGUAGES: list[Language] = []


def language(vocabulary: Vocabulary) -> Language:
    """The language of a vocabulary; the last one is kept, because building it takes milliseconds."""
    if not _LANGUAGES or _LANGUAGES[0].vocabulary is not vocabulary:
        _LANGUAGES[:] = [Language(vocabulary)]
    return _LANGUAGES[0]
