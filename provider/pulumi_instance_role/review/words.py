"""What the forms for people share: permissions and principals in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from pulumi_instance_role.language import Text, listing, pair, plural, say, template
from pulumi_instance_role.review import facts
from pulumi_instance_role.review.model import (
    Acceptance,
    Cause,
    Condition,
    Deed,
    Diagnostic,
    Exempt,
    Finding,
    Grant,
    Group,
    Instance,
    Move,
    Principal,
    Review,
    Role,
    ServiceSize,
    Severity,
    Size,
    Unread,
)

WHY: Mapping[str, Text] = {
    "already": say("already allowed"), "still": say("still allowed"), "denied": say("denied"),
}  # fmt: skip


def title(review: Review) -> str:
    """Which stack it is about."""
    name = "/".join(part for part in (review.project, review.stack) if part)
    return say("Change review of {stack}", stack=name) if name else say("Change review")


def verdict(review: Review) -> Text:
    """What comes of it, in one line."""
    if review.verdict == "error":
        return say("The preview failed: this is not the whole picture, and it cannot be approved.")
    failing = sum(one.failing for one in review.findings)
    if failing:
        return plural(
            "{number} finding must be dealt with before this is approved.",
            "{number} findings must be dealt with before this is approved.",
            failing,
        )
    if review.findings:
        return plural(
            "Nothing that stops it; {number} finding to know of.",
            "Nothing that stops it; {number} findings to know of.",
            len(review.findings),
        )
    if review.blast.instances_touched:
        return say(
            "Nothing that stops it, and no findings; {instances} touched.",
            instances=instances(review.blast.instances_touched),
        )
    return say("No findings.")


def instances(number: int) -> Text:
    """``1 instance``, ``2 instances``."""
    return plural("{number} instance", "{number} instances", number)


def roles(number: int) -> Text:
    """``1 role``, ``2 roles``."""
    return plural("{number} role", "{number} roles", number)


SEVERITIES: Mapping[Severity, Text] = {
    "critical": say("critical"), "high": say("high"), "medium": say("medium"), "low": say("low"), "note": say("note"),
}  # fmt: skip
OPERATIONS: Mapping[str, Text] = {
    "same": say("same"), "create": say("create"), "update": say("update"), "replace": say("replace"),
    "delete": say("delete"), "read": say("read"), "refresh": say("refresh"), "import": say("import"),
}  # fmt: skip
PROBLEMS: Mapping[str, Text] = {"expired": say("expired"), "unmatched": say("unmatched")}
"""What is wrong with an entry of the baseline."""
KINDS: Mapping[str, Text] = {"System": say("System"), "Custom": say("Custom")}
"""Of policies."""
LEVELS: Mapping[str, Text] = {"error": say("error"), "warning": say("warning")}
"""How bad it is what a preview said."""


SHOWN = 12
"""Lines below a message that a form for people shows at once."""


def said(one: Diagnostic) -> Text:
    """A message of the preview, in one line."""
    where = f" ({short(one.urn)})" if one.urn and short(one.urn) not in one.message else ""
    message = f"{one.message}{where}"
    text = say("{level}: {message}", level=LEVELS.get(one.severity, one.severity), message=message)
    return say("{text} ({number} times)", text=text, number=one.times) if one.times > 1 else text


def level(one: Diagnostic) -> Text | str:
    """How bad a message of the preview is, and how often it came."""
    text = LEVELS.get(one.severity, one.severity)
    return say("{text} ({number} times)", text=text, number=one.times) if one.times > 1 else text


def folded(details: Sequence[str]) -> list[str]:
    """The first lines below a message, and how many more there are."""
    rest = len(details) - SHOWN
    more = plural(
        "... and {number} line more (the JSON form has them)",
        "... and {number} lines more (the JSON form has them)",
        rest,
    )
    return [*details[:SHOWN], *([more] if rest > 0 else [])]


def operations(review: Review) -> Text:
    """``2 to update, 1 to delete``."""
    parts = [
        say("{number} to {operation}", number=n, operation=OPERATIONS.get(op, op))
        for op, n in review.ops.items()
        if op not in ("same", "read", "refresh")
    ]
    if review.result == "failed":
        seen = plural(
            "the preview failed after {number} resource was seen, and only that is shown",
            "the preview failed after {number} resources were seen, and only these are shown",
            sum(review.ops.values()),
        )
        return listing([seen, *([listing(parts)] if parts else [])], "; ")
    return listing(parts) if parts else say("no changes")


def radius(review: Review) -> list[str]:
    """The figures, one statement a line: instances first."""
    blast = review.blast
    lines: list[str] = []
    if blast.instances_touched:
        # Where something is not known, a zero beside it would read as nothing.
        parts = []
        if blast.instances_gaining or not blast.instances_gaining_unknown:
            parts.append(_gaining(blast.instances_gaining))
        if blast.instances_losing or not blast.instances_losing_unknown:
            parts.append(_losing(blast.instances_losing))
        may_gain, may_lose = maybe(review)
        dark = blast.instances_gaining_unknown - may_gain
        parts += [say("{number} may gain permissions", number=may_gain)] if may_gain else []
        parts += [plural("{number} gains what is not known", "{number} gain what is not known", dark)] if dark else []
        dark = blast.instances_losing_unknown - may_lose
        parts += [say("{number} may lose permissions", number=may_lose)] if may_lose else []
        parts += [say("{number} may lose what is not known", number=dark)] if dark else []
        lines.append(
            say(
                "{number} of {instances} touched: {what}",
                number=blast.instances_touched,
                instances=instances(blast.instances),
                what=listing(parts),
            )
        )
        moves = [
            (blast.instances_moved, pair("{number} gets, loses or swaps a role", "{number} get, lose or swap a role")),
            (blast.instances_losing_role, pair("{number} ends without one", "{number} end without one")),
            (
                blast.instances_in_gap,
                pair("{number} without credentials in between", "{number} without credentials in between"),
            ),
            (blast.instances_gone, pair("{number} gone", "{number} gone")),
        ]
        moved = [plural(*texts, number) for number, texts in moves if number]
        lines += [listing(moved)] if moved else []
    elif blast.instances:
        if review.result == "failed":
            text = say(
                "What changes for {instances} is not known: the preview failed", instances=instances(blast.instances)
            )
        else:
            text = say("Nothing changes for {instances}", instances=instances(blast.instances))
        lines.append(text)
    elif review.result == "failed":
        lines.append(say("No instances were seen before the preview failed"))
    elif not blast.instances_unknown:
        lines.append(say("No instances"))
    if blast.instances_unknown:
        lines.append(say("{instances} not known before the update", instances=instances(blast.instances_unknown)))
    if blast.outside is not None:
        text = plural(
            "{number} instance outside the stack holds a changed role",
            "{number} instances outside the stack hold a changed role",
            blast.outside,
        )
        lines.append(text)
    if blast.roles_changed:
        more = sum(bool(one.gained_unknown or one.gained) and not sure(one.gained) for one in review.roles)
        less = sum(bool(one.lost_unknown or one.lost) and not sure(one.lost) for one in review.roles)
        parts = [_gaining(blast.roles_gaining - more)] if blast.roles_gaining > more or not more else []
        parts += [say("{number} may gain permissions", number=more)] if more else []
        parts += [_losing(blast.roles_losing - less)] if blast.roles_losing > less or not less else []
        parts += [say("{number} may lose permissions", number=less)] if less else []
        parts.append(say("{number} can be assumed by more", number=blast.roles_more_trusted))
        lines.append(say("{roles} changed: {what}", roles=roles(blast.roles_changed), what=listing(parts)))
    return lines


def _gaining(number: int) -> Text:
    return plural("{number} gains permissions", "{number} gain permissions", number)


def _losing(number: int) -> Text:
    return plural("{number} loses permissions", "{number} lose permissions", number)


MOVES: Mapping[Move, tuple[Text, Text]] = {
    "given": (say("gets a role"), say("get a role")),
    "lost": (say("loses its role"), say("lose their role")),
    "swapped": (say("swaps roles"), say("swap roles")),
    "gone": (say("is gone"), say("are gone")),
    "unknown": (say("gets a role that is not known yet"), say("get a role that is not known yet")),
    "unseen": (say("may get another role"), say("may get another role")),
    "same": (say("keeps its role"), say("keep their role")),
}
"""What happens to an instance's role, in words: for one, for several."""


def sure(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """The permissions that are just what is gained (or lost); the others may be, and are told as not known."""
    return tuple(one for one in grants if one.compared and one.understood and one.named)


DOUBTS = frozenset(("trust", "unnamed", "unseen"))
"""Why what is gained (or lost) only may be so, although all of it can be read."""
_ALL = frozenset(("trust", "unseen"))
"""Those of them that are about all that is gained (or lost)."""


def surely(grants: Iterable[Grant], unknown: Iterable[Unread]) -> bool:
    """Whether any of the permissions is gained (or lost) for sure. ``unknown`` is what is not known beside them."""
    return bool(sure(grants)) and not any(one.why in _ALL for one in unknown)


def dark(unknown: Iterable[Unread]) -> bool:
    """Whether there is something that cannot be read."""
    return any(one.why not in DOUBTS for one in unknown)


def maybe(review: Review) -> tuple[int, int]:
    """How many instances may gain, and may lose, what can be read, and nothing that cannot."""
    staying = [one for one in review.groups if one.move != "gone"]
    gaining = [one for one in staying if one.gained_unknown and not dark(one.gained_unknown)]
    losing = [one for one in staying if one.lost_unknown and not dark(one.lost_unknown)]
    return sum(len(one.instances) for one in gaining), sum(len(one.instances) for one in losing)


def unclear(one: Group | Role) -> list[Text]:
    """What is not known of what is gained and lost, one statement a line."""
    sides = (
        (one.gained_unknown, template("gains what is not known: {text}"), template("may gain permissions: {text}")),
        (one.lost_unknown, template("may lose what is not known: {text}"), template("may lose permissions: {text}")),
    )
    return [say(what if dark([each]) else may, text=each.text) for found, what, may in sides for each in found]


def group(one: Group) -> Text:
    """``29 instances swap roles, gain and lose permissions``."""
    number = len(one.instances)
    verbs = [MOVES[one.move][number > 1]]
    if one.move != "gone":
        if surely(one.gained, one.gained_unknown):
            verbs.append(plural("gains permissions", "gain permissions", number))
        elif any(each.why in DOUBTS for each in one.gained_unknown):
            verbs.append(say("may gain permissions"))
        if dark(one.gained_unknown):
            verbs.append(plural("gains what is not known", "gain what is not known", number))
        if surely(one.lost, one.lost_unknown):
            verbs.append(plural("loses permissions", "lose permissions", number))
        elif any(each.why in DOUBTS for each in one.lost_unknown):
            verbs.append(say("may lose permissions"))
        verbs += [say("may lose what is not known")] if dark(one.lost_unknown) else []
        if not (one.gained or one.lost or one.gained_unknown or one.lost_unknown):
            verbs.append(plural("keeps the same permissions", "keep the same permissions", number))
    return say("{instances} {verbs}", instances=instances(number), verbs=joined(verbs))


def joined(parts: Sequence[str]) -> Text:
    """``a, b and c``."""
    return listing(filter(None, (listing(parts[:-1]), parts[-1])), " and ")


def members(review: Review, one: Group, most: int = 3) -> Text:
    """The names of the first instances of a group, and how many more there are."""
    known = {each.key: each for each in review.instances}
    return some([called(known[key]) for key in one.instances[:most]] + [""] * (len(one.instances) - most), most)


def ways(review: Review, one: Group) -> Text:
    """``web -> audit``: the roles before and after; several of them: the first, and how many more."""
    names, found = role_names(review), {each.key: each for each in review.transitions}
    said = []
    for key in one.transitions:
        way = found[key]
        before, after = (names.get(role, short(role)) for role in (way.role_before, way.role_after))
        before = say("not known") if one.move == "unseen" else before
        end = say("(gone)") if one.move == "gone" else say("not known yet") if one.move == "unknown" else after
        said.append(before if one.move == "same" else say("{before} -> {after}", before=before, after=end))
    return some(said, 2)


def amounts(found: Size) -> list[str]:
    """How much some permissions are, one service a line, what decides and writes first."""
    if found.everything:
        if found.excepted:
            but = some(found.excepted, 6)
            return [say("everything: all actions of all services, but {excepted}", excepted=but)]
        return [say("everything: all actions of all services")]
    ranked = sorted(found.services, key=lambda one: (-one.permissions, -one.write, not one.whole, one.service))
    return [amount(one) for one in ranked]


def amount(one: ServiceSize) -> Text:
    """``all of oss: 40 write, 12 read`` or ``oss: 2 write (DeleteObject, PutObject)``, and what it may be beside."""
    if one.whole and one.unlisted == one.permissions + one.write + one.read + one.list:
        return say(
            "all of {service}, of which no action is in a list: they may write or manage permissions",
            service=one.service,
        )
    text = _counted(one)
    beside = BESIDE.get(one.maybe)
    return say("{amount}; {beside}", amount=text, beside=say(beside)) if beside else text


BESIDE: Mapping[tuple[Deed, ...], str] = {
    ("permissions",): template("actions that are in no list may manage permissions"),
    ("write",): template("actions that are in no list may write"),
    ("permissions", "write"): template("actions that are in no list may write or manage permissions"),
}
"""What actions may do that nobody could count; see ``ServiceSize.maybe``."""


def _counted(one: ServiceSize) -> Text:
    kinds = [
        (one.permissions, pair("{number} manages permissions", "{number} manage permissions")),
        (one.write, pair("{number} write", "{number} write")),
        (one.read, pair("{number} read", "{number} read")),
        (one.list, pair("{number} list", "{number} list")),
    ]
    said = listing(plural(*texts, number) for number, texts in kinds if number)
    total = sum(number for number, _ in kinds)
    if one.whole:
        actions = plural("{number} known action", "{number} known actions", total)
        return say("all of {service}: {actions} ({kinds})", service=one.service, actions=actions, kinds=said)
    examples = listing(one.examples)
    if total > len(one.examples):
        examples = say("{examples} ...", examples=examples)
    return say("{service}: {kinds} ({examples})", service=one.service, kinds=said, examples=examples)


def _as_is(name: str) -> str:
    return name


def places(one: Finding) -> Text | str:
    """Where a finding is: the first resource, and how many more there are."""
    rest, first = len(one.resources) - 1, place(one.resource)
    return say("{some} and {number} more", some=first, number=rest) if rest else first


def accepted(one: Acceptance) -> Text:
    """By what a finding is accepted."""
    return say("accepted until {day}: {reason}", day=one.expires, reason=one.reason)


ACCEPT = template("To accept a finding, write a file for --baseline and fill in the reason and the last day, such as:")
"""How a finding is accepted; :func:`entry` is the example."""


def entry(review: Review) -> list[str]:
    """A baseline that accepts one of the findings that fail, as lines of JSON; no lines where none fails."""
    failing = [one for one in review.findings if one.failing]
    if not failing or review.result == "failed":
        return []
    one = min(failing, key=lambda each: len(each.resources))
    lines = [
        f'  {{"rule": {json.dumps(one.rule)}, "resource": {json.dumps(place(resource), ensure_ascii=False)},'
        for resource in one.resources
    ]
    ending = '    "reason": "", "expires": "YYYY-MM-DD"}'
    each = [line for first in lines for line in (first, f"{ending},")]
    return ['{"accept": [', *each[:-1], f"{ending}]}}"]


def because(one: Cause) -> Text:
    """A cause."""
    return say("because {cause}", cause=one.text)


def more_causes(number: int) -> Text:
    """How many causes are not shown."""
    return plural("and {number} more cause", "and {number} more causes", number)


def replaces(one: Role, written: Callable[[str], str] = _as_is) -> Text:
    """Which role it takes the place of; ``written`` is how a form writes names."""
    old = written(short(one.renamed_from))
    if one.gained or one.lost or one.gained_unknown:
        return say("replaces {role}", role=old)
    return say("replaces {role}, with the same permissions", role=old)


def trusts(one: Principal, written: Callable[[str], str] = _as_is, *, gained: bool) -> Text:
    """Who may assume a role now, or may not any more; ``written`` is how a form writes names."""
    if gained:
        return say("may be assumed by {principal}", principal=written(principal(one)))
    return say("may no longer be assumed by {principal}", principal=written(principal(one)))


def unsure(one: Group) -> str:
    """What must be said of the entries of a group where a part cannot be read; often nothing."""
    if dark(one.gained_unknown) and one.lost:
        return say("What is lost may be allowed still by what is not known.")
    if dark(one.lost_unknown) and one.gained:
        return say("What is gained may not be new: what was allowed before is not known in full.")
    return ""


def grant(one: Grant) -> tuple[str, str]:
    """The actions and the resources of a permission, as a person would say them."""
    return _but(one.actions, one.not_actions), ", ".join(one.resources)


def limits(one: Grant) -> list[str]:
    """Conditions and exemptions of a permission, one a line. What other entries have is not repeated."""
    lines: list[str] = [condition(found) for found in one.conditions]
    if not one.understood:
        lines.append(say("which is not understood here: all of it counts"))
    if not one.named:
        lines.append(say("resources without a name alone, if there are any: all of it counts"))
    if not one.compared:
        lines.append(say("not compared, which would take too long: all of it counts"))
    return lines + [exempt(found) for found in one.exempt if found.why != "listed"]


def condition(one: Condition) -> Text:
    """One condition."""
    return say("if {key} {operator} {values}", key=one.key, operator=one.operator, values=listing(one.values, " or "))


def exempt(one: Exempt) -> Text:
    """One exemption."""
    what = _what(one.actions, one.not_actions, one.resources, one.conditions)
    why = WHY.get(one.why, one.why)
    denied = [_what(g.actions, g.not_actions, g.resources, g.conditions) for g in one.unless]
    if denied:
        unless = listing(denied, " or ")
        return say("except {what} ({why}), unless {unless} (denied there)", what=what, why=why, unless=unless)
    return say("except {what} ({why})", what=what, why=why)


CLOUDS: Mapping[str, Text] = {"alibaba": say("Alibaba Cloud"), "tencent": say("Tencent Cloud")}


def called(one: Role | Instance, *, cloud: bool = False) -> str:
    """What a role or an instance is called everywhere: an instance by name and id; with ``cloud`` by its cloud too."""
    name = one.name
    if isinstance(one, Instance) and one.instance_id not in (None, one.name):
        name = f"{one.name} ({one.instance_id})"
    return say("{name} on {cloud}", name=name, cloud=CLOUDS.get(one.cloud, one.cloud)) if cloud else name


def some(values: Sequence[str], most: int = 3) -> Text:
    """The first few, and how many more there are."""
    first, rest = listing(values[:most]), len(values) - most
    return say("{some} and {number} more", some=first, number=rest) if rest > 0 else first


def principal(one: Principal) -> Text:
    """Who may assume a role."""
    return listing([one.kind, one.name, *(condition(found) for found in one.conditions)], " ")


def short(key: str | None) -> str:
    """The name in a key, or in a URN."""
    if key is None:
        return say("none")
    return key.rpartition("::")[2] if "::" in key else key.rpartition("/")[2]


def place(resource: str) -> str:
    """A resource by its kind and name, for a reader; the URN is in the other forms."""
    if resource.startswith("stack "):
        return say("stack {name}", name=resource.partition(" ")[2])
    if not resource.startswith("urn:"):
        return short(resource)
    kind = resource.split("::", 3)[2].rpartition("$")[2].rpartition(":")[2]
    return f"{kind} {short(resource)}"


def role_names(review: Review) -> dict[str | None, str]:
    """Key of a role -> its name."""
    return {None: say("none"), **{one.key: one.name for one in review.roles}}


def told_apart(review: Review) -> list[Role]:
    """Roles of which there is something to say that no group of instances says: nobody holds them, or their trust."""
    return [
        one
        for one in review.roles
        if _trust_told(one)
        or one.renamed_from
        or (not holders(one) and (one.gained or one.lost or one.gained_unknown or one.lost_unknown))
    ]


def _trust_told(one: Role) -> bool:
    """Whether there is news in who may assume a role: of a new one, others than the instances of its cloud."""
    if one.after is None:
        return False
    if one.before is not None:
        return bool(one.trust_gained or one.trust_lost)
    known = facts.limits(one.cloud)
    return any(known is None or each.name != known.service for each in one.trust_gained)


def holders(one: Role) -> int:
    """How many instances of the stack hold a role, after the update where it is there then."""
    side = one.after or one.before
    return len(side.instances) if side else 0


def policy_names(review: Review, keys: Iterable[str]) -> str:
    """Names of policies, by their keys."""
    names = {one.key: one.name for one in review.policies}
    return ", ".join(names.get(key, short(key)) for key in keys)


def _what(
    actions: Sequence[str], not_actions: Sequence[str], resources: Sequence[str], conditions: Sequence[Condition]
) -> Text:
    what = _but(actions, not_actions)
    if tuple(resources) != ("*",):
        what = say("{actions} on {resources}", actions=what, resources=", ".join(resources))
    return listing([what, *(condition(one) for one in conditions)], " ")


def _but(actions: Sequence[str], not_actions: Sequence[str]) -> str:
    """Actions, and those that are left out."""
    listed = ", ".join(actions)
    return say("{actions} but {others}", actions=listed, others=", ".join(not_actions)) if not_actions else listed
