"""Property paths, as in ``ignore_changes`` and ``replace_on_changes``: ``a.b[0]["x y"]``, with ``*`` for any key.

https://www.pulumi.com/docs/iac/concepts/options/ignorechanges/
"""

from __future__ import annotations

from typing import TypeAlias

from instance_role_sandbox.engine.values import Properties, Secret, Value, copied, secret

Path: TypeAlias = "tuple[str | int, ...]"


def parse(text: str) -> Path:
    """The steps of a path. ValueError says what is wrong with it."""
    steps: list[str | int] = []
    rest = text
    while rest:
        if rest[0] == ".":
            rest = rest[1:]
            if not rest:
                raise ValueError(f"property path {text!r} ends with a dot")
            if rest[0] == ".":
                raise ValueError(f"property path {text!r} has an empty step")
        elif rest[0] == "[":
            step, rest = _bracket(rest, text)
            steps.append(step)
        else:
            end = min((i for i in (rest.find("."), rest.find("[")) if i >= 0), default=len(rest))
            steps.append(rest[:end])
            rest = rest[end:]
    if not steps:
        raise ValueError("a property path is empty")
    return tuple(steps)


def _bracket(rest: str, text: str) -> tuple[str | int, str]:
    if rest.startswith('["'):
        key, i = "", 2
        while i < len(rest) and rest[i] != '"':
            i += rest[i] == "\\"
            key += rest[i : i + 1]
            i += 1
        if rest[i : i + 2] != '"]':
            raise ValueError(f"property path {text!r} has a quote or bracket that is not closed")
        return key, rest[i + 2 :]
    inner, closed, after = rest[1:].partition("]")
    if not closed:
        raise ValueError(f"property path {text!r} has a bracket that is not closed")
    if inner == "*":
        return "*", after
    if not inner.isdigit():
        raise ValueError(f"property path {text!r}: {inner!r} is no index")
    return int(inner), after


def show(path: Path) -> str:
    """The path as text, such that parse reads it back."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.replace("_", "a").replace("-", "a").replace(":", "a").isalnum() or step == "*":
            text += ("." if text else "") + step
        else:
            quoted = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{quoted}"]'
    return text


def contains(outer: Path, inner: Path) -> bool:
    """Does ``outer`` lead to ``inner`` or to something it is part of?"""
    return len(inner) >= len(outer) and all(a in ("*", b) for a, b in zip(outer, inner, strict=False))


def reset_ignored(inputs: Properties, old: Properties, ignored: list[str]) -> tuple[Properties, list[str]]:
    """The inputs with each ignored path set back to what it was, and the paths where that cannot be done.

    A path that the old inputs lack is taken out. Not possible: an element that a list lost or gained, or a step
    through something that is a list on one side and not on the other. A text that is no path is passed over.
    """
    kept = {key: copied(value) for key, value in inputs.items()}
    failed = []
    for text in ignored:
        try:
            path = parse(text)
        except ValueError:
            continue
        if not _reset(path, old, kept, False, False):
            failed.append(text)
    return kept, failed


def _reset(path: Path, old: Value, new: Value, old_secret: bool, new_secret: bool) -> bool:
    """Set new[path] to old[path], in place; False where the two have no common shape to do so."""
    while isinstance(old, Secret):
        old, old_secret = old.value, True
    while isinstance(new, Secret):
        new, new_secret = new.value, True
    step, rest = path[0], path[1:]
    hide = old_secret and not new_secret  # what is carried over leaves the secret it was part of
    if not rest:
        return _reset_every(old, new, hide) if step == "*" else _reset_one(step, old, new, hide)
    pairs = _pairs(step, old, new)
    if pairs is None:
        return False
    return all(_reset(rest, o, n, old_secret, new_secret) for o, n in pairs) and not _torn(step, old, new)


def _carried(value: Value, hide: bool) -> Value:
    return secret(copied(value)) if hide else copied(value)


def _reset_every(old: Value, new: Value, hide: bool) -> bool:
    if isinstance(old, dict) and isinstance(new, dict):
        kept = {k: _carried(v, hide) for k, v in old.items()}
        new.clear()
        new.update(kept)
    elif isinstance(old, list) and isinstance(new, list):
        common = min(len(old), len(new))
        new[:common] = [_carried(v, hide) for v in old[:common]]
        return len(old) == len(new)
    return isinstance(new, dict | list)


def _reset_one(step: str | int, old: Value, new: Value, hide: bool) -> bool:
    if isinstance(step, int):
        if not isinstance(old, list) or not isinstance(new, list):
            return not isinstance(old, list) and not isinstance(new, list)
        if step < len(old) and step < len(new):
            new[step] = _carried(old[step], hide)
            return True
        return step >= len(old) and step >= len(new)
    if isinstance(old, dict) and step in old:
        if not isinstance(new, dict):
            return False
        new[step] = _carried(old[step], hide)
    elif isinstance(new, dict):
        new.pop(step, None)
    return True


def _pairs(step: str | int, old: Value, new: Value) -> list[tuple[Value, Value]] | None:
    """What to go on with, old and new; empty when neither side has it, None when only one side has."""
    if isinstance(old, dict) and isinstance(new, dict) and isinstance(step, str):
        if step == "*":
            return [(old[k], new[k]) for k in old] if old.keys() <= new.keys() else None
        if step in old and step not in new:
            return None
        return [(old.get(step), new[step])] if step in new else []
    if isinstance(old, list) and isinstance(new, list) and (step == "*" or isinstance(step, int)):
        if isinstance(step, int):
            return [(old[step], new[step])] if step < len(old) and step < len(new) else None
        return list(zip(old, new, strict=False))
    wanted: type = list if isinstance(step, int) else dict
    neither = not isinstance(old, wanted) and not isinstance(new, wanted)
    return [] if neither and step != "*" else None


def _torn(step: str | int, old: Value, new: Value) -> bool:
    return step == "*" and isinstance(old, list) and isinstance(new, list) and len(old) != len(new)
