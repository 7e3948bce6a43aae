"""``*`` (any text, also none) and ``?`` (one character), as policies use them.

Written as a scan instead of a regular expression: documents come from other people, and ``a*a*a*a*b`` makes a
backtracking engine take its time. Questions about two patterns are bounded one by one (:data:`LABOUR`), and their steps
are counted for whoever bounds the whole (:mod:`pulumi_instance_role.policy.work`).
"""

from __future__ import annotations

import re
from functools import lru_cache

from pulumi_instance_role.policy.work import Answer, ask, spend

LABOUR = 20_000
"""Steps that a question about two patterns may take. One that takes more gets the answer that is safe."""
_STARS = re.compile(r"\*+")
_WILD = re.compile(r"[*?]+")


def matches(pattern: str, text: str) -> bool:
    """Whether ``pattern`` covers the whole of ``text``. Case matters; there is no way to quote a wildcard."""
    found = _scan(pattern, text, None)
    spend(found.steps)
    return found.value


def literal(pattern: str) -> str:
    """What every text that the pattern covers begins with: the pattern up to its first wildcard."""
    return pattern.partition("*")[0].partition("?")[0]


def longest(pattern: str) -> str:
    """The longest text that every text that the pattern covers has in it; may be empty."""
    return max(_WILD.split(pattern), key=len)


def covers(wide: str, narrow: str) -> bool:
    """Whether every text that ``narrow`` covers is covered by ``wide`` as well; no, where that takes too long."""
    if wide in ("*", narrow):
        spend()
        return True
    return ask(_covers, wide, narrow)


def meet(one: str, other: str) -> bool:
    """Whether some text is covered by both patterns; yes, where that takes too long."""
    if one == other or "*" in (one, other):
        spend()
        return True
    return ask(_meet, one, other)


def _scan(pattern: str, text: str, most: int | None) -> Answer:
    position, star, resume = 0, -1, 0
    i = steps = 0
    while i < len(text):
        steps += 1
        if most is not None and steps > most:
            return Answer(False, steps, gave_up=True)
        if position < len(pattern) and pattern[position] == "*":
            star, resume = position, i
            position += 1
        elif position < len(pattern) and pattern[position] in ("?", text[i]):
            position += 1
            i += 1
        elif star >= 0:
            resume += 1
            position, i = star + 1, resume
        else:
            return Answer(False, steps)
    return Answer(not pattern[position:].strip("*"), max(1, steps))


@lru_cache(maxsize=65536)
def _covers(wide: str, narrow: str) -> Answer:
    """A wildcard of ``narrow`` stands for characters that ``wide`` nowhere names: they are the hardest to match, so
    what holds for them holds for all. Without a ``?`` in ``wide`` only its stars can take them, and a star that takes
    one takes any number: then ``narrow`` can be read as a text. Else ``wide`` is run as an automaton over ``narrow``,
    where a ``*`` stands for any number, and every number is followed until the automaton is where it was before.
    """
    if not narrow.startswith(literal(wide)):
        return Answer(False)
    if "?" not in wide or not ("*" in narrow or "?" in narrow):
        return _scan(wide, narrow, LABOUR)
    wide, narrow = _STARS.sub("*", wide), _STARS.sub("*", narrow)
    end, steps = len(wide), 0

    def closed(states: frozenset[int]) -> frozenset[int]:
        found = set(states)
        for state in states:
            while state < end and wide[state] == "*":
                state += 1
                found.add(state)
        return frozenset(found)

    def after(states: frozenset[int], character: str | None) -> frozenset[int]:
        nonlocal steps
        steps += 2 * len(states) + 8  # as long as that many steps of a scan
        found = set()
        for state in states:
            if state < end:
                if wide[state] == "*":
                    found.add(state)
                elif wide[state] in ("?", character):
                    found.add(state + 1)
        return closed(frozenset(found))

    reached = {closed(frozenset({0}))}
    for character in narrow:
        if steps > LABOUR:
            return Answer(False, steps, gave_up=True)
        if character != "*":
            reached = {after(states, None if character == "?" else character) for states in reached}
            continue
        new = reached
        while new := {after(states, None) for states in new} - reached:
            reached = reached | new
            if steps > LABOUR:
                return Answer(False, steps, gave_up=True)
    return Answer(all(end in states for states in reached), steps)


@lru_cache(maxsize=65536)
def _meet(one: str, other: str) -> Answer:
    start, other_start = literal(one), literal(other)
    if not (start.startswith(other_start) or other_start.startswith(start)):
        return Answer(False)
    if not ("*" in one or "?" in one):
        return _or_yes(_scan(other, one, LABOUR))
    if not ("*" in other or "?" in other):
        return _or_yes(_scan(one, other, LABOUR))
    places, seen = [(0, 0)], {(0, 0)}
    while places:
        if len(seen) > LABOUR:
            return Answer(True, len(seen), gave_up=True)
        i, j = places.pop()
        if i == len(one) and j == len(other):
            return Answer(True, len(seen))
        a, b = one[i : i + 1], other[j : j + 1]
        steps = []
        if a == "*":
            steps += [(i + 1, j), (i, j + 1)] if b else [(i + 1, j)]
        if b == "*":
            steps += [(i, j + 1), (i + 1, j)] if a else [(i, j + 1)]
        if a and b and "*" not in (a, b) and (a == b or "?" in (a, b)):
            steps.append((i + 1, j + 1))
        for step in steps:
            if step not in seen:
                seen.add(step)
                places.append(step)
    return Answer(False, len(seen))


def _or_yes(found: Answer) -> Answer:
    return Answer(True, found.steps, gave_up=True) if found.gave_up else found
