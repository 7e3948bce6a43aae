"""Which known word a misspelled one may be: for "is ... meant?", never for a decision.

Limits: similarity of letters, and nothing else. A word that differs only in its verb (``GetObjectTagging`` and
``PutObjectTagging``) is another word, not a slip.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_AROUND = re.compile(r"^(aliyun|qcloud)|access$")
"""What nearly all names of system policies begin and end with."""
_VERB = re.compile(r"[A-Za-z][a-z]*")


def nearest(word: str, known: Iterable[str], alike: float = 0.86) -> str | None:
    """The known word that ``word`` is most like, if it is like one at all. ``alike`` is a share of common letters.

    Letter case counts for nothing; a word that differs in it alone is the nearest there is.
    """
    from difflib import get_close_matches  # here, because few programs have a word to look up

    words = dict.fromkeys(known)
    by_case = {one.lower(): one for one in words}
    wanted = word.lower()
    if wanted in by_case:
        return by_case[wanted]
    verbs = {_verb(one) for one in by_case.values()}
    found = get_close_matches(wanted, by_case, n=3, cutoff=alike)
    for one in found:
        meant = by_case[one]
        if _verb(word) == _verb(meant) or _verb(word) not in verbs:
            return meant
    return None


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
