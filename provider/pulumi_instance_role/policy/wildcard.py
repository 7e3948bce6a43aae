"""``*`` (any text, also none) and ``?`` (one character), as policies use them.

Written as a scan instead of a regular expression: documents come from other people, and ``a*a*a*a*b`` makes a
backtracking engine take its time.
"""

from __future__ import annotations

from functools import lru_cache


def matches(pattern: str, text: str) -> bool:
    """Whether ``pattern`` covers the whole of ``text``. Case matters; there is no way to quote a wildcard."""
    position, star, resume = 0, -1, 0
    i = 0
    while i < len(text):
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
            return False
    return all(character == "*" for character in pattern[position:])


LABOUR = 20_000
"""How much two patterns may be compared, as the product of their lengths; documents come from other people."""


def literal(pattern: str) -> str:
    """What every text that the pattern covers begins with: the pattern up to its first wildcard."""
    return pattern.partition("*")[0].partition("?")[0]


@lru_cache(maxsize=65536)
def covers(wide: str, narrow: str) -> bool:
    """Whether every text that ``narrow`` covers is covered by ``wide`` as well.

    A wildcard of ``narrow`` stands for characters that ``wide`` nowhere names: they are the hardest to match, so what
    holds for them holds for all. Without a ``?`` in ``wide`` only its stars can take them, and a star that takes one
    takes any number: then ``narrow`` can be read as a text. Else ``wide`` is run as an automaton over ``narrow``, where
    a ``*`` stands for any number, and every number is followed until the automaton is where it was before. That is not
    done for long patterns (:data:`LABOUR`): for them the answer is no.
    """
    if wide in ("*", narrow):
        return True
    if not narrow.startswith(literal(wide)):
        return False
    if "?" not in wide or not ("*" in narrow or "?" in narrow):
        return matches(wide, narrow)
    if len(wide) * len(narrow) > LABOUR:
        return False
    end = len(wide)

    def closed(states: frozenset[int]) -> frozenset[int]:
        found = set(states)
        for state in states:
            while state < end and wide[state] == "*":
                state += 1
                found.add(state)
        return frozenset(found)

    def after(states: frozenset[int], character: str | None) -> frozenset[int]:
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
        if character != "*":
            reached = {after(states, None if character == "?" else character) for states in reached}
            continue
        new = reached
        while new := {after(states, None) for states in new} - reached:
            reached = reached | new
    return all(end in states for states in reached)


@lru_cache(maxsize=65536)
def meet(one: str, other: str) -> bool:
    """Whether some text is covered by both patterns. For long ones (:data:`LABOUR`) the answer is yes."""
    start, other_start = literal(one), literal(other)
    if not (start.startswith(other_start) or other_start.startswith(start)):
        return False
    if not ("*" in one or "?" in one):
        return matches(other, one)
    if not ("*" in other or "?" in other):
        return matches(one, other)
    if len(one) * len(other) > LABOUR:
        return True
    places, seen = [(0, 0)], {(0, 0)}
    while places:
        i, j = places.pop()
        if i == len(one) and j == len(other):
            return True
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
    return False
