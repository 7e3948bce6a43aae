"""JSON text to plain values, within bounds: what comes of anybody's document, however it was made.

A document may be broken in ways that end a program in a traceback, or in a text that cannot be sent: half of a
character (a lone surrogate), a number of thousands of digits, an object inside itself. Each is told with its place.

Limits: the bounds are ours. They are far beyond what a document of 6144 characters, the clouds' limit, can hold.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_instance_role.language import say, template
from pulumi_instance_role.policy.unseen import visible

DEEPEST = 64
"""How many objects and lists may be inside one another; a policy has seven."""
DIGITS = 100
"""The most digits of a number."""
MOST = 100_000
"""The most values in a document."""
LONGEST_SHOWN = 60

_FILE = re.compile(r'(file://|[.~]{0,2}/|[A-Za-z]:\\)[^\n{}"]*|[^\n{}"]+\.(json|ya?ml|txt)', re.IGNORECASE)


class Unsound(ValueError):
    """A value that no document can hold. ``path`` is the place, as in a complaint about the grammar."""

    def __init__(self, path: str, problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(f"{path}: {problem}" if path else problem)


class _Long:
    """Stands for a number that is too long to be read."""

    def __init__(self, text: str) -> None:
        self.digits = len(text.lstrip("-"))


def load(text: str) -> Any:
    """The value of a JSON text. Raises :class:`Unsound` where there is none; :func:`sound` judges what it holds."""
    if text.startswith(_MARK):
        raise Unsound("", say(_MARKED))
    _shallow(text)

    def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen:
                raise Unsound("", say("{key} is written twice in one object; keep one", key=shown(key)))
            seen[key] = value
        return seen

    def whole(digits: str) -> int | _Long:
        return int(digits) if len(digits) <= DIGITS else _Long(digits)

    def decimal(digits: str) -> float | _Long:
        return float(digits) if len(digits) <= DIGITS else _Long(digits)

    try:
        return json.loads(text, object_pairs_hook=without_duplicates, parse_int=whole, parse_float=decimal)
    except json.JSONDecodeError as error:
        if names_a_file(text):
            raise Unsound("", say(FILE)) from None
        problem = template("not JSON: {error} at line {line}, column {column}")
        raise Unsound("", say(problem, error=error.msg, line=error.lineno, column=error.colno)) from None


_MARK = "\ufeff"
_MARKED = template(
    'begins with U+FEFF, a mark that some editors put before a text; read the file with encoding="utf-8-sig"'
)

FILE = template("is the name of a file, not a document; give the text of the file: pathlib.Path(...).read_text()")
"""What is wrong where :func:`names_a_file` holds."""


def names_a_file(text: str) -> bool:
    """Whether a text that is no JSON looks like a file's name."""
    return _FILE.fullmatch(text.strip()) is not None


_Place = tuple[Any, ...]
"""Where a value is: the place that it is in, and its key or index there; empty for the whole. Written out when told."""


def sound(value: Any, *, hide: bool = False) -> None:
    """Raise :class:`Unsound` for the first part of a value that no document can hold. ``hide``: name no keys."""
    waiting: list[tuple[_Place, int, Any]] = [((), 0, value)]
    count = 0
    while waiting:
        place, depth, one = waiting.pop()
        count += 1
        if count > MOST:
            raise Unsound("", say("not a policy document: it has more than {most} values", most=MOST))
        if depth > DEEPEST:
            problem = say("not a policy document: nested more than {most} deep", most=DEEPEST)
            raise Unsound(_start(_written(place, hide=hide)), problem)
        found = _problem(one)
        if found:
            raise Unsound(_written(place, hide=hide), found)
        if isinstance(one, Mapping):
            for key in one:
                if isinstance(key, str) and not _is_text(key):
                    what = "a key" if hide else f"the key {shown(key)}"
                    raise Unsound(_written(place, hide=hide), f"{what} {_HALF}")
            waiting += [((place, key), depth + 1, inner) for key, inner in reversed(list(one.items()))]
        elif isinstance(one, (list, tuple)):
            if (
                depth < DEEPEST
                and count + len(one) <= MOST
                and all(type(each) is str and each.isascii() for each in one)
            ):
                count += len(one)  # plain texts, which most values are, have nothing wrong with them
            else:
                waiting += [((place, index), depth + 1, one[index]) for index in range(len(one) - 1, -1, -1)]


def _written(place: _Place, *, hide: bool) -> str:
    """A place as a complaint has it: ``Statement[0].Action``."""
    steps: list[Any] = []
    while place:
        place, step = place
        steps.append(step)
    said = (f"[{one}]" if isinstance(one, int) else f".{'[secret]' if hide else one}" for one in reversed(steps))
    return "".join(said).lstrip(".")


def shown(value: object) -> str:
    """A value as it stands in JSON, in one line, short enough for a message."""
    try:
        text = json.dumps(_cut(value), ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = f"a Python {type(value).__name__}"
    text = visible(text.encode("utf-8", "backslashreplace").decode())
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."


_HALF = template("holds half of a character (a lone surrogate), which cannot be sent; write the whole character")


def _problem(value: object) -> str:
    if isinstance(value, str):
        return "" if _is_text(value) else say(_HALF)
    if isinstance(value, _Long):
        return say("is a number of {number} digits; {most} is the most that is read", number=value.digits, most=DIGITS)
    if isinstance(value, int) and abs(value) >= 10**DIGITS:
        return say("is a number of more than {most} digits, which is the most that is read", most=DIGITS)
    if isinstance(value, float) and not math.isfinite(value):
        return say("is not a number that JSON has")
    return ""


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _cut(value: object) -> object:
    """As much of a value as a message shows: a long text or list is not written out to be cut then."""
    if isinstance(value, str):
        return value[:LONGEST_SHOWN]
    if isinstance(value, Sequence):
        return list(value[:LONGEST_SHOWN])
    return value


def _start(path: str) -> str:
    """The beginning of a long place: its first four steps."""
    return "".join(step for step, _ in zip(_steps(path), range(4), strict=False))


def _steps(path: str) -> Iterator[str]:
    step = ""
    for char in path:
        if char in ".[" and step:
            yield step
            step = ""
        step += char
    yield step


_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)


def _shallow(text: str) -> None:
    """Raise :class:`Unsound` for a text whose brackets are too deep, before a parser goes after them."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    depth = 0
    for found in _BRACKETS.finditer(text):
        mark = text[found.start()]
        if mark in "[{":
            depth += 1
            if depth > DEEPEST:
                line, start = text.count("\n", 0, found.start()) + 1, text.rfind("\n", 0, found.start()) + 1
                place = f"line {line}, column {found.start() - start + 1}"
                raise Unsound("", f"not a policy document: nested more than {DEEPEST} deep at {place}")
        elif mark in "]}":
            depth -= 1
