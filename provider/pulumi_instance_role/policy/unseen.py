"""Characters that nobody sees: they come along when a text is copied from a page, and make another text of it.

They are those that Unicode lets a program leave out of what it shows
(https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point), such as the zero width space, the soft hyphen and
the marks of writing direction, and control characters. Left out are variation selectors, which change how the
character before them looks. White space is no such character: most of it can be seen, unless at an end.
"""

from __future__ import annotations

import json
import re

from pulumi_instance_role.language import Text, listing, say

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e00ff]"
)


def unseen(text: str) -> list[str]:
    """The characters in a text that cannot be seen, as ``U+200B``, each once."""
    if text.isascii() and text.isprintable():  # as nearly all are
        return []
    return [f"U+{ord(char):04X}" for char in dict.fromkeys(_UNSEEN.findall(text))]


def bare(text: str) -> str:
    """A text without characters that cannot be seen, and without white space at its ends."""
    return _UNSEEN.sub("", text).strip()


def visible(text: str) -> str:
    r"""A text with an escape, such as ``\u200b``, in the place of each character that cannot be seen."""
    return _UNSEEN.sub(lambda found: json.dumps(found.group())[1:-1], text)


def holds_unseen(text: str, *, hide: bool = False) -> Text | None:
    """What is wrong with a text that holds such characters; nothing where it does not. ``hide``: do not name them."""
    found = unseen(text)
    if not found:
        return None
    if hide:
        return say("holds a character that cannot be seen")
    return say("holds {characters}, which cannot be seen", characters=listing(found))
