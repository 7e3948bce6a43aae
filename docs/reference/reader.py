"""What the code of an action reads and refuses, found by reading the code itself.

The actions of the emulator say nowhere in a list which parameters they take (Alibaba Cloud's) or which errors they end
in (both clouds'). This follows an action's function into the functions that it calls, with the texts that it hands
them, and takes note of each parameter that is asked for and of each ``ApiError`` that is made. It does not run
anything: what is reached only by what a request says is found as well. A text that is put together of what a request
says stays unknown, and is shown as ``...``.
"""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import FunctionType, MethodType, ModuleType
from typing import Any

from instance_role_sandbox.emulator.switches import SWITCHES

Values = tuple[Any, ...]
"""What an expression may be; empty where that is not known."""
_PACKAGE = "instance_role_sandbox.emulator"
_DEEPEST = 12  # functions within functions
_MOST = 40  # values of one expression
_UNKNOWN = "..."
_READERS = {
    "optional", "required", "text", "integer", "boolean", "choice", "json_texts", "numbered", "structures",
    "texts", "get",
}  # fmt: skip
_CHOICES = {switch.name: switch.choices or (switch.default,) for switch in SWITCHES}


@dataclass(frozen=True)
class _Params:
    """Stands for the parameters of a request, or for one entry of a list of structures, wherever they are handed to."""

    prefix: str = ""


@dataclass
class Found:
    """What an action takes (name -> whether it must always be there) and its errors (code -> statuses)."""

    parameters: dict[str, bool] = field(default_factory=dict)
    errors: dict[str, set[int]] = field(default_factory=dict)


def read(run: Callable[..., Any], error: type[Exception]) -> Found:
    """What the function of an action takes and refuses."""
    found = Found()
    _Reader(found, error, set()).function(run, {}, 0, True)
    lists = {name.partition(".N.")[0] for name in found.parameters if ".N." in name}
    found.parameters = {name: must for name, must in found.parameters.items() if name not in lists}
    return found


class _Reader:
    def __init__(self, found: Found, error: type[Exception], seen: set[Any]) -> None:
        self._found = found
        self._error = error
        self._seen = seen

    def function(self, run: Any, bound: dict[str, Values], depth: int, sure: bool) -> None:
        """Follow one function with what its parameters are bound to. ``sure``: whether it is called on any path."""
        if isinstance(run, functools.partial):
            places = list(inspect.signature(run.func).parameters)
            given = {**dict(zip(places, run.args, strict=False)), **run.keywords}
            bound, run = {**{name: (one,) for name, one in given.items()}, **bound}, run.func
        if isinstance(run, MethodType):
            bound = {"self": (run.__self__,), **bound}
            run = run.__func__
        if not isinstance(run, FunctionType) or not run.__module__.startswith(_PACKAGE) or depth > _DEEPEST:
            return
        key = (run, sure, tuple(sorted((name, repr(values)) for name, values in bound.items())))
        if key in self._seen:
            return
        self._seen.add(key)
        tree = _tree(run)
        if tree is not None:
            nonlocals = inspect.getclosurevars(run).nonlocals
            names = {name: (one,) for name, one in nonlocals.items()} | bound
            _Body(self, self._found, self._error, run, names, depth, sure).visit(tree)


@functools.cache
def _tree(run: FunctionType) -> ast.AST | None:
    """The function's code; of a lambda, everything in the statement that it stands in."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(run)))
    except (SyntaxError, OSError, TypeError):
        return None
    node = tree.body[0]
    if isinstance(node, ast.FunctionDef) and run.__name__ != "<lambda>":
        return ast.Module(body=node.body, type_ignores=[])
    lambdas = [inner for inner in ast.walk(tree) if isinstance(inner, ast.Lambda)]
    fitting = [one for one in lambdas if [a.arg for a in one.args.args] == list(inspect.signature(run).parameters)]
    return fitting[0].body if fitting else None


class _Body(ast.NodeVisitor):
    """One function's code, statement by statement."""

    def __init__(
        self,
        reader: _Reader,
        found: Found,
        error: type[Exception],
        run: FunctionType,
        names: dict[str, Values],
        depth: int,
        sure: bool,
    ) -> None:
        self._reader = reader
        self._found = found
        self._error = error
        self._globals = run.__globals__
        self._names = names
        self._depth = depth
        self._sure = sure

    # -- statements --------------------------------------------------------------------------------------------
    def visit_If(self, node: ast.If) -> None:
        """A branch that what is known rules out is not followed."""
        truth = self._truth(node.test)
        self.visit(node.test)
        before, self._sure = self._sure, self._sure and truth is not None
        for inner in (*(() if truth is False else node.body), *(() if truth is True else node.orelse)):
            self.visit(inner)
        ends = [branch[-1] for branch in (node.body, node.orelse) if branch]
        self._sure = before and not (truth is None and any(isinstance(one, ast.Return) for one in ends))

    def _perhaps(self, node: ast.AST) -> None:
        before, self._sure = self._sure, False
        self.generic_visit(node)
        self._sure = before

    visit_IfExp = visit_BoolOp = visit_Lambda = visit_Try = _perhaps

    def _truth(self, node: ast.AST) -> bool | None:
        """Whether a condition holds, as far as that is known."""
        if isinstance(node, ast.BoolOp):
            known = [self._truth(one) for one in node.values]
            if isinstance(node.op, ast.And):
                return False if False in known else (True if set(known) == {True} else None)
            return True if True in known else (False if set(known) == {False} else None)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self._truth(node.operand)
            return None if inner is None else not inner
        values = self._values(node) if isinstance(node, (ast.Name, ast.Constant)) else ()
        return values[0] if len(values) == 1 and isinstance(values[0], bool) else None

    def visit_Assign(self, node: ast.Assign) -> None:
        """A name stands for what it is given, and for what it was given before in another branch."""
        self.generic_visit(node)
        for target in node.targets:
            self._bind(target, self._values(node.value))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        """``:=``."""
        self.generic_visit(node)
        self._bind(node.target, self._values(node.value))

    def visit_For(self, node: ast.For) -> None:
        """The target is each of the items."""
        self.visit(node.iter)
        self._bind(node.target, self._items(node.iter))
        self._perhaps(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        """As a loop."""
        self._bind(node.target, self._items(node.iter))
        self.generic_visit(node)

    def _comprehended(self, node: Any) -> None:
        for inner in node.generators:
            self.visit(inner)
        self.generic_visit(node)

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehended

    def visit_Compare(self, node: ast.Compare) -> None:
        """``"Name" in call.params``."""
        self.generic_visit(node)
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, (ast.In, ast.NotIn)):
                self._take(self._params(right), self._values(node.left), False)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """``call.params["Name"]``."""
        self.generic_visit(node)
        self._take(self._params(node.value), self._values(node.slice), False)

    def visit_Call(self, node: ast.Call) -> None:
        """A parameter read, an error made, a function to be followed."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _READERS and node.args:
            self._take(self._read(node.func.value), self._values(node.args[0]), node.func.attr == "required")
        for function in self._values(node.func):
            self._follow(function, node)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            for value in self._values(argument):
                if isinstance(value, (FunctionType, MethodType, functools.partial)):
                    self._reader.function(value, {}, self._depth + 1, False)

    def _follow(self, function: Any, node: ast.Call) -> None:
        if isinstance(function, type) and issubclass(function, self._error):
            codes = self._values(node.args[0]) if node.args else ()
            statuses = self._values(node.args[1]) if len(node.args) > 1 else ()
            for code in codes or (_UNKNOWN,):
                numbers = {int(one) for one in statuses if isinstance(one, (int, str)) and str(one).isdigit()}
                self._found.errors.setdefault(str(code), set()).update(numbers)
            return
        if not callable(function) or isinstance(function, type):
            return
        try:
            parameters = list(inspect.signature(function).parameters.values())
        except (TypeError, ValueError):
            return
        bound: dict[str, Values] = {one.name: (one.default,) for one in parameters if one.default is not one.empty}
        positional = [one.name for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
        bound |= {name: self._values(argument) for name, argument in zip(positional, node.args, strict=False)}
        bound |= {one.arg: self._values(one.value) for one in node.keywords if one.arg}
        rest = next((one.name for one in parameters if one.kind is one.VAR_POSITIONAL), None)
        if rest is not None:
            bound[rest] = tuple((value,) for one in node.args[len(positional) :] for value in self._values(one))
        self._reader.function(
            function, {name: values for name, values in bound.items() if values}, self._depth + 1, self._sure
        )
        if getattr(function, "__name__", "") == "required":  # a reader that refuses what is not there
            self._take([_Params()], [value for values in bound.values() for value in values], True)

    # -- expressions -------------------------------------------------------------------------------------------
    def _values(self, node: ast.AST) -> Values:
        if isinstance(node, ast.Constant):
            return (node.value,)
        if isinstance(node, ast.Name):
            return self._names.get(node.id, (self._globals[node.id],) if node.id in self._globals else ())
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.IfExp):
            return _once((*self._values(node.body), *self._values(node.orelse)))
        if isinstance(node, ast.BoolOp):
            return _once(value for one in node.values for value in self._values(one))
        if isinstance(node, ast.JoinedStr):
            return self._joined(node)
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            return (tuple(value for one in node.elts for value in self._values(_unstarred(one))),)
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        if isinstance(node, ast.Call):
            return self._called(node)
        return ()

    def _attribute(self, node: ast.Attribute) -> Values:
        if node.attr == "params":
            return (_Params(),)
        return tuple(
            getattr(one, node.attr)
            for one in self._values(node.value)
            if (isinstance(one, ModuleType) or type(one).__module__.startswith(_PACKAGE)) and hasattr(one, node.attr)
        )

    def _subscript(self, node: ast.Subscript) -> Values:
        keys = self._values(node.slice)
        found: list[Any] = []
        for one in self._values(node.value):
            if isinstance(one, dict):
                found += [one[key] for key in keys if _hashable(key) and key in one] if keys else list(one.values())
            elif isinstance(one, tuple):
                found += [one[key] for key in keys if isinstance(key, int) and -len(one) <= key < len(one)]
        return _once(found)

    def _called(self, node: ast.Call) -> Values:
        """What a switch may say, the structures of a request, and what a table may answer."""
        if isinstance(node.func, ast.Attribute) and node.func.attr == "raw":
            return tuple(self._params(node.func.value))
        if isinstance(node.func, ast.Attribute) and node.args:
            if isinstance(node.func.value, ast.Attribute) and node.func.value.attr == "switches":
                return tuple(value for name in self._values(node.args[0]) for value in _CHOICES.get(str(name), ()))
            if node.func.attr == "structures":
                return tuple(
                    _Params(f"{name}.N.") for name in self._values(node.args[0]) if self._params(node.func.value)
                )
            if node.func.attr == "get" and not self._read(node.func.value):
                tables = [one for one in self._values(node.func.value) if isinstance(one, dict)]
                return _once(value for one in tables for value in one.values())
        if isinstance(node.func, ast.Name) and node.func.id in ("next", "sorted", "tuple", "list") and node.args:
            return self._values(node.args[0])
        return ()

    def _joined(self, node: ast.JoinedStr) -> Values:
        texts = [""]
        for part in node.values:
            if isinstance(part, ast.Constant):
                pieces = [str(part.value)]
            else:
                inner = part.value if isinstance(part, ast.FormattedValue) else part
                plain = [str(one) for one in self._values(inner) if isinstance(one, (str, int))]
                pieces = plain or [_UNKNOWN]
            texts = [f"{text}{piece}" for text in texts for piece in pieces][:_MOST]
        return tuple(texts)

    def _items(self, node: ast.AST) -> Values:
        """What a loop over it goes through."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("items", "keys"):
            tables = [one for one in self._values(node.func.value) if isinstance(one, dict)]
            return _once(item for one in tables for item in (one.items() if node.func.attr == "items" else one))
        values = self._values(node)
        lists = [one for one in values if isinstance(one, (tuple, list, set, frozenset, dict))]
        return _once((*self._params(node), *(item for one in lists for item in one)))

    def _bind(self, target: ast.AST, values: Values) -> None:
        if isinstance(target, ast.Name):
            self._names[target.id] = _once((*self._names.get(target.id, ()), *values))
        elif isinstance(target, ast.Tuple):
            for place, inner in enumerate(target.elts):
                parts = [one[place] for one in values if isinstance(one, tuple) and len(one) == len(target.elts)]
                self._bind(inner, tuple(parts))

    def _read(self, node: ast.AST) -> list[_Params]:
        """The parameters that a reader is called on; the call itself reads them too."""
        return [_Params()] if isinstance(node, ast.Name) and node.id == "call" else self._params(node)

    def _params(self, node: ast.AST) -> list[_Params]:
        return [one for one in self._values(node) if isinstance(one, _Params)]

    def _take(self, whose: Iterable[_Params], names: Iterable[Any], required: bool) -> None:
        for one in whose:
            for name in names:
                if isinstance(name, str) and name[:1].isupper():
                    full = f"{one.prefix}{name}"
                    known = self._found.parameters.get(full, False)
                    self._found.parameters[full] = known or (required and self._sure)


def _unstarred(node: ast.AST) -> ast.AST:
    return node.value if isinstance(node, ast.Starred) else node


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _once(values: Iterable[Any]) -> Values:
    found: list[Any] = []
    for value in values:
        if not any(value is one or (type(value) is type(one) and value == one) for one in found):
            found.append(value)
        if len(found) == _MOST:
            break
    return tuple(found)
