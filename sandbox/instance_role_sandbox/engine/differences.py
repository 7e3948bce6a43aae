"""How two values differ, for a person: only what differs is shown, however much is the same around it.

A policy document is one long text. Where both sides are JSON they are compared as JSON, lists by what is in them, so
that an action put first in a list is one line; other long texts are cut to where they differ. Many values that change
in the same way, such as 20 of 60 instances, are one line with a count and a few of them. Pure.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

from instance_role_sandbox.engine.values import Value

Brief = Callable[[Value], str]  # a value as a short text
LONG = 60  # characters of a text that is shown whole
AROUND = 20  # characters that are shown before and after what differs
MOST = 40  # lines about one property
FEW = 3  # values that change in the same way and are shown each


@dataclass(frozen=True)
class Line:
    """One thing that differs: ``sign`` is +, - or ~."""

    sign: str
    path: str
    text: str


def differences(path: str, before: Value, after: Value, brief: Brief) -> list[Line]:
    """What differs between two values, line by line; one line where nothing more is to be told than that they do."""
    lines = list(_lines(path, before, after, brief))
    if len(lines) > MOST:
        more = len(lines) - MOST
        return [*lines[:MOST], Line("~", path, f"... and {more} more lines")]
    return lines or [Line("~", path, f"{brief(after)} (as before, in another form)")]


def _lines(path: str, before: Value, after: Value, brief: Brief) -> Iterator[Line]:
    if isinstance(before, str) and isinstance(after, str):
        yield from _texts(path, before, after, brief)
    elif isinstance(before, dict) and isinstance(after, dict):
        yield from _objects(path, before, after, brief)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(path, before, after, brief)
    elif _key(before) != _key(after):
        yield Line("~", path, f"{brief(before)} => {brief(after)}")


def _objects(path: str, before: dict[str, Value], after: dict[str, Value], brief: Brief) -> Iterator[Line]:
    lines: dict[str, list[Line]] = {}
    for key in sorted({*before, *after}):
        if key not in after:
            lines[key] = [Line("-", "", brief(before[key]))]
        elif key not in before:
            lines[key] = [Line("+", "", brief(after[key]))]
        else:
            lines[key] = list(_lines("", before[key], after[key], brief))
    alike = Counter(tuple(each) for each in lines.values())
    told = set[tuple[Line, ...]]()
    for key, each in lines.items():
        same = tuple(each)
        if len(same) != 1 or alike[same] <= FEW:
            yield from (Line(one.sign, f"{path}.{key}{one.path}", one.text) for one in each)
        elif same not in told:
            told.add(same)
            keys = [other for other, found in lines.items() if found == each]
            yield Line(each[0].sign, path, f"{each[0].text} for {len(keys)}: {few(keys)}")


def _lists(path: str, before: list[Value], after: list[Value], brief: Brief) -> Iterator[Line]:
    plain = not any(isinstance(value, (dict, list)) for value in (*before, *after))
    matcher = SequenceMatcher(None, [_key(v) for v in before], [_key(v) for v in after], autojunk=False)
    changed = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    if plain:
        gone = [value for _, start, end, _, _ in changed for value in before[start:end]]
        come = [value for _, _, _, start, end in changed for value in after[start:end]]
        if max(len(gone), len(come)) > FEW:
            for sign, values in (("-", gone), ("+", come)):
                if values:
                    yield Line(sign, path, f"{len(values)}: {few(list(map(brief, values)))}")
            return
    for tag, start, end, new_start, new_end in changed:
        gone, come = before[start:end], after[new_start:new_end]
        if tag == "replace" and len(gone) == len(come) and all(isinstance(v, dict) for v in [*gone, *come]):
            for i, (old, new) in enumerate(zip(gone, come, strict=True), new_start):
                yield from _lines(f"{path}[{i}]", old, new, brief)
        else:
            yield from (Line("-", path, brief(value)) for value in gone)
            yield from (Line("+", path, brief(value)) for value in come)


def few(names: list[str]) -> str:
    """The first few of some names, and how many more."""
    more = len(names) - FEW
    return ", ".join(names[:FEW]) + (f" and {more} more" if more > 0 else "")


def _texts(path: str, before: str, after: str, brief: Brief) -> Iterator[Line]:
    if before == after:
        return
    old, new = _document(before), _document(after)
    if old is not None and new is not None:
        yield from _lines(path, old, new, brief)
        return
    if max(len(before), len(after)) <= LONG:
        yield Line("~", path, f"{brief(before)} => {brief(after)}")
        return
    head = _common(before, after)
    tail = _common(reversed(before[head:]), reversed(after[head:]))
    start, end = max(head - AROUND, 0), max(tail - AROUND, 0)
    first, second = (
        brief(("…" if start else "") + text[start : len(text) - end] + ("…" if end else "")) for text in (before, after)
    )
    yield Line("~", path, f"{first} => {second}")


def _common(one: Iterable[str], other: Iterable[str]) -> int:
    """How many characters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _document(text: str) -> Value:
    """The JSON that a text is; None when it is none, or no object or list."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        found: Value = json.loads(text)
    except ValueError:
        return None
    return found


def _key(value: Value) -> str:
    return json.dumps(value, sort_keys=True, default=repr)
