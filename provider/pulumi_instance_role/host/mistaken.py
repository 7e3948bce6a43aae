"""What a text that has the wrong form may have been meant as: the last step of a message. Guesses, never decisions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from pulumi_instance_role.clouds import NAMES, limits_of
from pulumi_instance_role.plan.names import not_a_name

_NO_ID = "not an instance id of this cloud"


def by_fault(wrong: Iterable[str], fault: Callable[[str], str]) -> Mapping[str, list[str]]:
    """The texts by what is wrong with each, so that those alike are told together."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in wrong:
        found[fault(one)].append(one)
    return found


def id_fault(cloud: str) -> Callable[[str], str]:
    """What is wrong with a text that is not an instance id of this cloud, and what to do."""
    whose = {name: re.compile(limits_of(name).instance_id) for name in NAMES}

    def fault(text: str) -> str:
        bare = "".join(char for char in text if char.isprintable() and not char.isspace())
        if bare != text and any(one.fullmatch(bare) for one in whose.values()):
            return f"{_NO_ID}; take white space and control characters out"
        if "," in text or ";" in text:
            return f"{_NO_ID}; give each id as a text of its own"
        if ":" in text and any(one.fullmatch(text.rpartition("/")[2]) for one in whose.values()):
            return f"{_NO_ID}; give the id alone, not an ARN"
        for name, pattern in whose.items():
            if name != cloud and pattern.fullmatch(text):
                ours, theirs = limits_of(cloud).language.name, limits_of(name).language.name
                return f'{_NO_ID}, but of {theirs}; give ids of {ours}, or say cloud="{name}"'
        return f"{_NO_ID}; give ids, not names"

    return fault


def role_fault(text: str) -> str:
    """What is wrong with a text that is no role's name, and what to do."""
    arn = not_a_name(text)
    return (
        f"not a role name; it {arn}"
        if arn
        else "not a role name of this cloud; give names, one by one, without wildcards"
    )
