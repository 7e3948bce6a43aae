"""Texts in a list that are none of its kind, and what each may have been meant as: guesses, never decisions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from pulumi.output import UNKNOWN

from pulumi_instance_role.clouds import NAMES, limits_of
from pulumi_instance_role.host.provider import Checked
from pulumi_instance_role.host.values import is_unknown, legible
from pulumi_instance_role.plan.names import not_a_name
from pulumi_instance_role.policy.document import HIDDEN
from pulumi_instance_role.policy.unseen import holds_unseen


class Mistake(NamedTuple):
    """What is wrong with a text in a list, and what to do."""

    of_one: str
    of_several: str
    """The same, said of several texts; empty where it is true of one alone."""
    remedy: str


def refuse_texts(
    checked: Checked, prop: str, wrong: Iterable[str], mistake: Callable[[str], Mistake], rest: Any = UNKNOWN
) -> None:
    """Texts that are at fault; those alike are told together, also of many resources.

    Secret ones are told without a count: it would be one of texts that nobody sees.
    """
    for one in wrong:
        shown, (of_one, of_several, remedy) = legible(one), _unseen_in(one, prop in checked.secret) or mistake(one)
        _refuse(checked, prop, shown, of_one, of_several, remedy, rest)


def refuse_others(checked: Checked, prop: str, given: Iterable[object], remedy: str, rest: Any = UNKNOWN) -> None:
    """Members of a list of texts that are something else; those that are not known yet may be texts."""
    for one in given:
        if not isinstance(one, str) and not is_unknown(one):
            _refuse(checked, prop, repr(one), "not a text", "members are not texts", remedy, rest)


def _refuse(checked: Checked, prop: str, shown: str, of_one: str, of_several: str, remedy: str, rest: Any) -> None:
    if prop in checked.secret:
        checked.fail(prop, f"{HIDDEN}: {of_one}", rest, remedy=remedy)
    else:
        checked.fail(prop, f"{shown}: {of_one}", rest, remedy=remedy, subject=shown, alike=of_several)


def _unseen_in(text: str, hide: bool) -> Mistake | None:
    """What is wrong with a text that holds a character which cannot be seen: that, whatever else is."""
    odd = holds_unseen("".join(text.split()), hide=hide)
    return Mistake(odd, f"texts {odd.replace('holds', 'hold', 1)}", "take it out") if odd else None


def id_fault(cloud: str) -> Callable[[str], Mistake]:
    """What is wrong with a text that is not an instance id of this cloud, and what to do."""
    whose = {name: re.compile(limits_of(name).instance_id) for name in NAMES}

    def no_id(remedy: str, besides: str = "") -> Mistake:
        one, several = "not an instance id of this cloud", "texts are not instance ids of this cloud"
        return Mistake(f"{one}{besides}", f"{several}{besides}", remedy)

    def fault(text: str) -> Mistake:
        bare = "".join(char for char in text if char.isprintable() and not char.isspace())
        if bare != text and any(one.fullmatch(bare) for one in whose.values()):
            return no_id("take white space and control characters out")
        if "," in text or ";" in text:
            return no_id("give each id as a text of its own")
        if ":" in text and any(one.fullmatch(text.rpartition("/")[2]) for one in whose.values()):
            return no_id("give the id alone, not an ARN")
        for name, pattern in whose.items():
            if name != cloud and pattern.fullmatch(text):
                ours, theirs = limits_of(cloud).language.name, limits_of(name).language.name
                return no_id(f'give ids of {ours}, or say cloud="{name}"', f", but of {theirs}")
        return no_id("give ids, not names")

    return fault


def role_fault(text: str) -> Mistake:
    """What is wrong with a text that is no role's name, and what to do."""
    arn = not_a_name(text)
    if arn:  # each with the name that is in it
        return Mistake(f"not a role name; it {arn}", "", "")
    several = "texts are not role names of this cloud"
    return Mistake("not a role name of this cloud", several, "give names, one by one, without wildcards")


def region_fault(_: str) -> Mistake:
    """What is wrong with a text that is no region's name, and what to do."""
    return Mistake("not a region", "texts are not regions", "give names, one by one, without wildcards")
