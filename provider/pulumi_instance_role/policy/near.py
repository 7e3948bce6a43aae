"""Which known word a misspelled one may be: for "is ... meant?", never for a decision.

Limits: similarity of letters, and nothing else. A word that differs only in its verb (``GetObjectTagging`` and
``PutObjectTagging``) is another word, not a slip.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pulumi_instance_role.policy.work import spend

_AROUND = re.compile(r"^(aliyun|qcloud)|access$")
"""What nearly all names of system policies begin and end with."""
_VERB = re.compile(r"[A-Za-z][a-z]*")
_LETTERS = 2
"""Letters that take as long to compare as one step of other work (see ``policy.work``)."""


class Known:
    """Words to look a misspelled one up in, put in order once for all that are looked up."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_case = {one.lower(): one for one in dict.fromkeys(words)}
        self._by_length: dict[int, list[str]] = {}
        self._by_verb: dict[str, dict[int, list[str]]] = {}
        for lower, one in self._by_case.items():
            for place in (self._by_length, self._by_verb.setdefault(_verb(one), {})):
                place.setdefault(len(lower), []).append(lower)

    def nearest(self, word: str, alike: float = 0.86) -> str | None:
        """The known word that ``word`` is most like, if it is like one at all. ``alike`` is a share of common letters.

        Letter case counts for nothing; a word that differs in it alone is the nearest there is. Of a verb that some
        known word has, only words with that verb may be meant.
        """
        from difflib import get_close_matches  # here, because few programs have a word to look up

        wanted = word.lower()
        if wanted in self._by_case:
            return self._by_case[wanted]
        among = self._by_verb.get(_verb(word), self._by_length)
        # Of words whose lengths differ more, too few letters can be common: they are passed over unseen.
        size = len(wanted)
        near = [
            one for length, some in among.items() if 2 * min(size, length) >= alike * (size + length) for one in some
        ]
        spend(1 + len(near) * (1 + size // _LETTERS))
        found = get_close_matches(wanted, near, n=1, cutoff=alike)
        return self._by_case[found[0]] if found else None


def nearest(word: str, known: Iterable[str], alike: float = 0.86) -> str | None:
    """As :meth:`Known.nearest`, for one word."""
    return Known(known).nearest(word, alike)


def nearest_policy(name: str, known: Iterable[str]) -> str | None:
    """As :func:`nearest`, for names of system policies: their first and last word may have been left out."""
    names = list(known)
    core = _core(name)
    return next((one for one in names if core and _core(one) == core), None) or nearest(name, names)


def _core(name: str) -> str:
    return _AROUND.sub("", name.casefold())


def is_meant(word: str, known: Iterable[str], alike: float = 0.86) -> str:
    """``is 'Custom' meant?``, by :func:`nearest`; empty where no known word is like it."""
    near = nearest(word, known, alike)
    return f"is {near!r} meant?" if near else ""


def _verb(word: str) -> str:
    found = _VERB.match(word)
    return found.group().lower() if found else ""
