"""What ``pulumi preview --json`` wrote, read.

The form is the CLI's: an object with ``steps`` (``op``, ``urn``, ``oldState``, ``newState``, ``diffReasons``,
``replaceReasons``, ``detailedDiff``), ``diagnostics`` and ``changeSummary``
(https://github.com/pulumi/pulumi/blob/master/pkg/backend/display/json.go); the embedded engine writes the same. A
stream of engine events, one JSON object a line, is taken as well: it has the same states in its metadata
(https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go).

The CLI leaves unchanged resources out unless it is given ``--show-sames``. Without them nobody can tell which role a
changed policy is on, so such a preview is refused. It also shows a resource as it is before the step has run: the id
and the outputs of one that is kept are then only on its old side.

With ``--refresh`` a resource has two steps: the refresh (from the state to what is there), then what the update does to
what is there. The second one alone says what the update changes; see :func:`_refreshed`.

The form carries no version. A later one shows itself by an operation that is not known here, and is refused: a review
that passes over what it does not know would approve it.

Text shaped like an AccessKey is masked before anything else is done, so that no form can print it; where it stood is
kept.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_instance_role.language import plural, say
from pulumi_instance_role.review.model import Op
from pulumi_instance_role.review.raw import NotJson, clean, key_places, load
from pulumi_instance_role.review.said import Message, messages

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What stands for a value that is not known before the update."""
SECRET = "[secret]"  # noqa: S105 - the mark in place of a secret
_OPS: Mapping[str, Op | None] = {
    "same": "same",
    "create": "create",
    "update": "update",
    "replace": "replace",
    "delete": "delete",
    "read": "read",
    "read-replacement": "read",
    "refresh": "refresh",
    "import": "import",
    "import-replacement": "import",
    # The parts of a replacement, and leftovers of an earlier one: the replacement itself is there as well.
    "create-replacement": None,
    "delete-replaced": None,
    "remove-pending-replace": None,
    "discard": None,
    "discard-replaced": None,
}
COMMAND = "pulumi preview --json --show-sames > preview.json"
"""How a preview is had."""
_STACK = "pulumi:pulumi:Stack"
_TELLING = ("steps", "diagnostics", "changeSummary")
_ENDING = frozenset(("changeSummary", "duration"))
"""What the CLI writes at the end of a preview, and one that broke off lacks."""
_EVENTS = ("resourcePreEvent", "resOutputsEvent")


class NotAPreview(Exception):
    """The input cannot be reviewed. ``str()`` says why, and what to give instead."""


@dataclass(frozen=True)
class State:
    """A resource on one side of a step. ``known`` are its properties as they are to be read; see :func:`_state`."""

    id: str | None
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    dependencies: Mapping[str, Sequence[str]]  # property -> URNs of what it comes from
    position: str | None
    needs: Sequence[str] = ()  # URNs of its parent and of what it depends on


@dataclass(frozen=True)
class Step:
    """One resource of the preview."""

    urn: str
    type: str
    name: str
    op: Op
    old: State | None
    new: State | None
    reasons: tuple[str, ...]
    replaced_by: tuple[str, ...]
    keys_at: tuple[str, ...] = ()  # inputs that held text shaped like an AccessKey


@dataclass(frozen=True)
class Preview:
    """The whole of it. ``stack`` and ``project`` are empty when no resource tells."""

    steps: tuple[Step, ...]
    messages: tuple[Message, ...]
    failed: bool
    stack: str = ""
    project: str = ""
    notes: tuple[str, ...] = ()  # what a reader must know about it
    by_urn: Mapping[str, Step] = field(default_factory=dict, compare=False)
    ran: bool = False  # whether the review ran it, and with it what the program asks of the cloud


def decode(content: bytes) -> str:
    """The text of a file. Raises :class:`NotAPreview` for UTF-16, with how to get another."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or (b"\0" in content[:2] and len(content) > 1):
        raise NotAPreview(
            "it is UTF-16, as Windows PowerShell writes with >; in it, run: pulumi preview --json --show-sames | "
            "Out-File -Encoding utf8 preview.json"
        )
    return content.decode("utf-8-sig", "replace")


def read(text: str, *, failed: bool | None = None) -> Preview:
    """The preview in ``text``. Raises :class:`NotAPreview`.

    ``failed`` is whether the command failed, where that is known: the JSON form does not say so (a stream of events
    does). Else it is seen from what was said, and a program may log an error that ends nothing.
    """
    if not text.strip():
        raise NotAPreview(f"it is empty; run: {COMMAND}")
    written = _parsed(text)
    try:
        raw = clean(written)
    except NotJson as error:
        raise NotAPreview(f"it is not a preview: {error}") from None
    listed = _list(raw, "steps")
    entries = [_entry(one) for one in listed]
    _all_there(raw, listed)
    steps = _refreshed([step for step in entries if step is not None])
    if raw != written:
        places = _key_places(written)
        steps = tuple(replace(step, keys_at=places.get(step.urn, ())) for step in steps)
    found = messages(_list(raw, "diagnostics"))
    told = raw.get("result")
    known = failed is not None or bool(told)
    ended = known or not _ENDING.isdisjoint(raw)
    if failed is None:
        failed = told == "failed" if told else not ended or _broke_off(steps, found)
    first = next((step.urn.split("::") for step in steps), None)
    stack, project = (first[0].rpartition(":")[2], first[1]) if first else ("", "")
    notes = _seen(steps, ended=ended) if failed else () if known else _untold(found)
    return Preview(steps, found, failed, stack, project, notes, {step.urn: step for step in steps})


def _refreshed(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps without the refreshes that come before another step of the same resource.

    Where one resource has both, the update starts from what the refresh found. One that has its refresh alone is then
    gone (and no longer declared), or was not reached: the update has nothing to do with it. Where none has both, the
    command was a refresh, and its steps are all there is.
    """
    real = {step.urn for step in steps if step.op != "refresh"}
    both = any(step.urn in real for step in steps if step.op == "refresh")
    return tuple(step for step in steps if step.op != "refresh" or not both)


def _broke_off(steps: Sequence[Step], found: Sequence[Message]) -> bool:
    """Whether a preview that does not say so failed, by what there is."""
    if any(one.fatal for one in found):
        return True
    errors = [one for one in found if one.severity == "error"]
    # Deletions are looked for when the program has come to its end.
    ended = any(step.op == "delete" for step in steps)
    there = {step.urn for step in steps}
    return bool(errors) and not ended and (len(there) < 2 or any(one.urn and one.urn not in there for one in errors))


def _seen(steps: Sequence[Step], *, ended: bool) -> tuple[str, ...]:
    """How much of a stack a preview that failed has seen; before that, whether it broke off without an end."""
    real = [step for step in steps if step.type != _STACK]
    there = {step.urn for step in steps}
    named = {
        urn
        for step in real
        for state in (step.old, step.new)
        if state is not None
        for urns in (state.needs, *state.dependencies.values())
        for urn in urns
    }
    missing = len(named - there)
    seen = plural("{number} resource was seen", "{number} resources were seen", len(real))
    if missing:
        unreached = plural(
            "{number} that others depend on was not reached", "{number} that others depend on were not reached", missing
        )
        text = say(
            "The preview failed; {seen} before that. {unreached}. Others, and deletions, are not known.",
            seen=seen,
            unreached=unreached,
        )
    else:
        text = say("The preview failed; {seen} before that. Others, and deletions, are not known.", seen=seen)
    return (text,) if ended else (say("The preview has no summary, so it did not come to its end."), text)


def _untold(found: Sequence[Message]) -> tuple[str, ...]:
    """What to know of a preview in a form that does not say whether it failed, where nothing in it shows that."""
    if any(one.severity == "error" for one in found):
        text = say(
            "The program logged errors, and nothing says that the preview failed. This form does not tell: "
            "the exit code of `pulumi preview` does, and --stack and a stream of events do."
        )
    else:
        text = say(
            "This form does not say whether the preview failed, and nothing in it shows that it did. --stack and a "
            "stream of events tell."
        )
    return (text,)


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        raw = load(text)
    except NotJson as error:
        if "nested" in str(error):
            raise NotAPreview(f"it is not a preview: {error}") from None
        events = _events(text)
        if events is not None:
            return events
        start = text.lstrip()[:1]
        hint = "is it whole?" if start == "{" else "give what `pulumi preview --json` wrote to standard output"
        raise NotAPreview(f"it is not JSON: {error}; {hint}") from None
    if not isinstance(raw, dict):
        raise NotAPreview(f"it is a JSON {_kind(raw)}, not the object that `pulumi preview --json` writes")
    if "deployment" in raw or "checkpoint" in raw:
        raise NotAPreview(f"it is an exported state, not a preview; run: {COMMAND}")
    if any(one in raw for one in _EVENTS) or "sequence" in raw:
        return _events(text) or {}
    if not any(one in raw for one in _TELLING):
        raise NotAPreview(f"it has none of {', '.join(_TELLING)}; run: {COMMAND}")
    return raw


def _events(text: str) -> dict[str, Any] | None:
    """A stream of engine events in the form of a preview; ``None`` when it is none."""
    steps: dict[tuple[str, bool], Any] = {}  # by URN, those of a refresh by themselves
    said: list[Any] = []
    result, changes = "failed", None  # a stream without its summary broke off
    for number, line in enumerate(text.splitlines()):
        if not line.strip():
            continue
        try:
            event = load(line)
        except NotJson as error:
            if number == 0:
                return None
            raise NotAPreview(f"line {number + 1} of the event stream is not JSON ({error}); is it whole?") from None
        if not isinstance(event, dict) or "sequence" not in event:
            return None
        for kind in _EVENTS:
            told = event.get(kind)
            metadata = told.get("metadata") if isinstance(told, dict) else None
            if isinstance(metadata, dict):
                old, new = metadata.get("old"), metadata.get("new")
                entry = {**metadata, "oldState": old, "newState": new, "diffReasons": metadata.get("diffs")}
                op = str(metadata.get("op"))
                if _OPS.get(op) or op not in _OPS:
                    steps[str(metadata.get("urn")), op == "refresh"] = {
                        **entry,
                        "replaceReasons": metadata.get("keys"),
                    }
        if isinstance(event.get("diagnosticEvent"), dict):
            said.append(event["diagnosticEvent"])
        summary = event.get("summaryEvent")
        if isinstance(summary, dict):
            result = str(summary.get("result") or "succeeded")
            changes = summary.get("resourceChanges")
    found = {"steps": list(steps.values()), "diagnostics": said, "result": result}
    return {**found, "changeSummary": changes} if changes else found


def _list(raw: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = raw.get(key) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise NotAPreview(f"{key} must be a list of objects, not {_kind(found)}")
    return found


def _all_there(raw: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a preview that leaves out what does not change, or has fewer steps than its summary counts."""
    summary = raw.get("changeSummary")
    there = Counter(str(one.get("op")) for one in steps)
    counts = summary.items() if isinstance(summary, Mapping) else ()
    left_out = {op: number - there[op] for op, number in counts if isinstance(number, int) and number > there[op]}
    if same := left_out.pop("same", 0):
        raise NotAPreview(f"it leaves out {same} unchanged resources, and with them who holds what; run: {COMMAND}")
    if missing := sum(left_out.values()):
        raise NotAPreview(
            f"it leaves out {missing} of the resources that its summary counts; is it whole? run: {COMMAND}"
        )


def _entry(raw: Mapping[str, Any]) -> Step | None:
    """A step; ``None`` for what says nothing of its own (providers, the parts of a replacement)."""
    urn, op = raw.get("urn"), raw.get("op")
    if not isinstance(urn, str) or len(urn.split("::")) < 4 or not isinstance(op, str):
        raise NotAPreview(f"a step has no operation or no URN: {json.dumps(raw)[:80]}; is it from `pulumi preview`?")
    if op not in _OPS:
        raise NotAPreview(
            f"{urn}: the operation {op!r} is not known to this version; it comes from a newer Pulumi, so install a "
            "newer pulumi-instance-role"
        )
    known = _OPS[op]
    kind, name = urn.split("::", 3)[2].rpartition("$")[2], urn.split("::", 3)[3]
    if known is None or kind.startswith("pulumi:providers:"):
        return None
    old, new = (_state(raw.get(side), urn) for side in ("oldState", "newState"))
    if (old is None and known not in ("create", "read", "import")) or (new is None and known in ("create", "update")):
        side = "newState" if known in ("create", "update") and new is None else "oldState"
        raise NotAPreview(f"{urn}: a step to {known} it has no {side}; is the preview whole?")
    if old is not None and new is not None and known in ("same", "update", "refresh"):
        new = _kept(known, old, new)
    forced = _reasons(raw.get("replaceReasons")) or (_forcing(raw.get("detailedDiff")) if known == "replace" else ())
    return Step(urn, kind, name, known, old, new, _reasons(raw.get("diffReasons")), forced)


def _forcing(detailed: Any) -> tuple[str, ...]:
    """The properties of a detailed difference that force a replacement."""
    items = detailed.items() if isinstance(detailed, dict) else ()
    forced = (path for path, one in items if isinstance(one, dict) and str(one.get("kind", "")).endswith("-replace"))
    return tuple(sorted({path.partition(".")[0].partition("[")[0] for path in forced}))


def _kept(op: Op, old: State, new: State) -> State:
    """The new side of a resource that is kept, with what the CLI shows on the old side only."""
    outputs = new.outputs
    if not outputs:
        # What was an input is decided by the new inputs, unless nothing changes.
        outputs = {key: one for key, one in old.outputs.items() if op == "same" or key not in old.inputs}
    return replace(new, id=new.id or old.id, outputs=outputs)


def _state(raw: Any, urn: str) -> State | None:
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise NotAPreview(f"{urn}: a state must be an object, not {_kind(raw)}")
    bags = [raw.get(one) or {} for one in ("inputs", "outputs", "propertyDependencies")]
    if not all(isinstance(one, dict) for one in bags):
        raise NotAPreview(f"{urn}: inputs, outputs and propertyDependencies must be objects")
    inputs, outputs, dependencies = bags
    position = raw.get("sourcePosition")
    found = raw.get("id")
    return State(
        found if isinstance(found, str) and found and found != UNKNOWN else None,
        inputs,
        outputs,
        {key: _texts(value) for key, value in dependencies.items()},
        str(position).partition("///")[2].replace("#", ":").partition(",")[0] if position else None,
        (*_texts(raw.get("dependencies")), *_texts([raw.get("parent")])),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _key_places(raw: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """URN -> where in its new inputs text is shaped like an AccessKey."""
    found = {}
    for step in _list(raw, "steps"):
        state = step.get("newState")
        places = key_places(state.get("inputs")) if isinstance(state, dict) else ()
        found[str(clean(step.get("urn")))] = tuple(sorted(places))
    return found


def is_unknown(value: Any) -> bool:
    """Whether the value, or something in it, is not known before the update."""
    if isinstance(value, str):
        return value == UNKNOWN or (len(value) > len(UNKNOWN) and UNKNOWN in value)
    if isinstance(value, Mapping):
        return any(map(is_unknown, value.values()))
    return isinstance(value, (list, tuple)) and any(map(is_unknown, value))


def _reasons(value: Any) -> tuple[str, ...]:
    return tuple(sorted({one for one in _texts(value) if not one.startswith("__")}))


def _kind(value: object) -> str:
    names = {dict: "object", list: "list", str: "text", bool: "truth value", int: "number", float: "number"}
    return names.get(type(value), "null")
