"""Which known word a misspelled one may be: for "is ... meant?", never for a decision.

Limits: similarity of letters, and nothing else. A word that differs only in its verb (``GetObjectTagging`` and
``PutObjectTagging``) is another word, not a slip.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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


def _verb(word: str) -> str:
    found = _VERB.match(word)
    return found.group().lower() if found else ""
