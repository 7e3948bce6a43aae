"""The adapter between Pulumi's dynamic provider and a resource.

Pulumi's side: property bags with floats, missing keys and unknowns; one text for every failure; results that wipe a
state when they leave something out. A resource's side: plain values, a connection, plans. Each provider class says
which inputs it has, which of them replace, and how it checks, creates, reads, updates and deletes; the rest is here.

Limits that come from Pulumi: no partial state (a failed create leaves nothing), no detailed diff, no cancellation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.output import UNKNOWN, Unknown

from pulumi_instance_role.clouds.port import Cloud, CloudError, Limits, NamedKind, Refusal
from pulumi_instance_role.host.errors import told
from pulumi_instance_role.host.lag import believed, written_now
from pulumi_instance_role.host.meant import KNOWN, MEANT, changed, own_id_told, settled, tell, tell_made
from pulumi_instance_role.host.process import HOST, Host
from pulumi_instance_role.host.values import EITHER, differs, is_unknown, only, properties
from pulumi_instance_role.plan.documents import same_document
from pulumi_instance_role.plan.drift import is_drift
from pulumi_instance_role.plan.faults import Fault, together
from pulumi_instance_role.plan.names import not_a_name
from pulumi_instance_role.plan.namesake import Reference, key_of
from pulumi_instance_role.plan.ownership import OWNER_TAGS, TAG_PREFIX, Owner, owner_from
from pulumi_instance_role.policy.canonical import canonical_text
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.document import HIDDEN, Kind, complaints
from pulumi_instance_role.policy.near import is_meant
from pulumi_instance_role.policy.slips import slips
from pulumi_instance_role.policy.unseen import holds_unseen

CONNECTION = ("cloud", "region", "profile", "assume_role_arn")
OWNER = "owner"
MAY_HOLD_SECRETS = frozenset({"document", "trust_policy", "description", "tags"})
"""Properties whose values no check failure shows, neither in its text nor (as the Pulumi CLI would) beside it.

The host is not told which values are secret; a preview, in the program, knows it and shows the others.
"""

Props = dict[str, Any]


class Checked:
    """Inputs on their way through ``check``: corrected in place, faults gathered."""

    def __init__(
        self,
        olds: Props,
        news: Props,
        *,
        secret: Collection[str] = (),
        drafts: Mapping[str, Any] | None = None,
    ) -> None:
        """``secret`` are properties whose values no message may show, ``drafts`` documents that are partly known."""
        self.olds = olds
        self.news = news
        self.secret = secret
        self.drafts = dict(drafts or {})
        self.faults: list[Fault] = []
        self.rests: dict[str, Any] = {}
        """What may stand in the place of a property at fault until it is put right."""

    @property
    def failures(self) -> list[CheckFailure]:
        """The faults as the host reports them.

        The CLI prints the value of the property a failure names, also when it is secret; a property that may hold a
        secret is named in the reason only.
        """
        return [
            CheckFailure("", str(fault)) if fault.prop in MAY_HOLD_SECRETS else CheckFailure(fault.prop, fault.told)
            for fault in together(self.faults)
        ]

    def fail(
        self, prop: str, reason: str, rest: Any = UNKNOWN, *, remedy: str = "", subject: str = "", alike: str = ""
    ) -> None:
        """Record a user's mistake. ``rest`` is what is left of the value without it; see :class:`Fault` for others."""
        self.faults.append(Fault(prop, reason, remedy, subject, alike))
        self.rests[prop] = rest

    def shown(self, prop: str, value: object) -> str:
        """A value for a message."""
        return HIDDEN if prop in self.secret else repr(value)

    def known(self, prop: str) -> Any:
        """The value of an input, or ``None`` when it is absent or not known yet."""
        value = self.news.get(prop)
        return None if is_unknown(value) else value

    def text(self, prop: str, *, required: bool = False, longest: int | None = None, name: bool = False) -> str | None:
        """A known text input; a ``name`` has no white space. Says what is wrong with any other."""
        value = self.news.get(prop)
        if value is None or value == "":
            if required:
                self.fail(prop, f"is missing; give {prop}=")
            return None
        if is_unknown(value):
            return None
        if not isinstance(value, str):
            self.fail(prop, f"must be a text, not {type(value).__name__}")
            return None
        if longest is not None and len(value) > longest:
            self.fail(prop, f"has {len(value)} characters, the cloud allows {longest}; shorten it")
        elif name and prop not in CONNECTION and (wrong := not_a_name(value, hide=prop in self.secret)):
            self.fail(prop, f"{self.shown(prop, value)} {wrong}")
        elif name and re.search(r"\s|[\x00-\x1f\x7f]", value):
            self.fail(prop, f"{self.shown(prop, value)} has white space or a control character in it; take it out")
        elif name and (odd := holds_unseen(value, hide=prop in self.secret)):
            self.fail(prop, f"{self.shown(prop, value)} {odd}; take it out")
        return value

    def refuse_slips(self, props: Collection[str]) -> None:
        """Texts that an output or an object was put into, at any depth; what is left of such an input is unknown."""
        for prop in props:
            value, draft = self.news.get(prop), self.drafts.get(prop)
            found = dict(slips(draft if draft is not None else value))
            if not found:
                continue
            rest = [UNKNOWN if any(slips(one)) else one for one in value] if isinstance(value, list) else UNKNOWN
            for path, problem in found.items():
                place = f"{path}: " if path and prop not in self.secret else ""
                self.fail(prop, f"{place}{problem}", rest)
            self.news[prop] = rest
            self.drafts.pop(prop, None)

    def choice(self, prop: str, allowed: Sequence[str]) -> None:
        """A text input with few values."""
        value = self.known(prop)
        if value is not None and value not in allowed:
            near = is_meant(value, allowed, 0.7) if isinstance(value, str) and prop not in self.secret else ""
            self.fail(prop, f"must be {' or '.join(map(repr, allowed))}, not {self.shown(prop, value)}", remedy=near)

    def flag(self, prop: str) -> None:
        """A yes-or-no input; absent is no."""
        value = self.news.setdefault(prop, False)
        if not is_unknown(value) and not isinstance(value, bool):
            self.fail(prop, f"must be True or False, not {self.shown(prop, value)}")

    def tags(self, limits: Limits) -> None:
        """The ``tags`` input against the cloud's limits and the keys that ownership takes."""
        tags = self.news.get("tags")
        if tags is None or isinstance(tags, Unknown):
            return
        if not isinstance(tags, Mapping):
            self.fail("tags", "must be a dictionary of texts")
            return
        if len(tags) > limits.tags - OWNER_TAGS:
            allowed = limits.tags - OWNER_TAGS
            self.fail("tags", f"has {len(tags)} tags; {allowed} fit beside the {OWNER_TAGS} that mark the owner")
        for name, value in sorted(tags.items()):
            key = HIDDEN if "tags" in self.secret else f'"{name}"' if name.isprintable() else repr(name)
            if name.startswith(TAG_PREFIX):
                self.fail("tags", f'the key {key} begins with "{TAG_PREFIX}", which marks the owner; choose another')
            self._tag("key", key, name, limits.tag_key_refused)
            if is_unknown(value):
                continue
            if isinstance(value, str):
                self._tag("value", f"of {key}", value, limits.tag_value_refused)
            if not isinstance(value, str):
                self.fail("tags", f"the value of {key} must be a text, not {type(value).__name__}")
            elif len(name) > limits.tag_key_length or len(value) > limits.tag_value_length:
                self.fail(
                    "tags",
                    f"{key} is too long: {limits.tag_key_length} characters for a key, "
                    f"{limits.tag_value_length} for a value",
                )

    def _tag(self, part: str, key: str, text: str, refused: Sequence[Refusal]) -> None:
        """A key or a value of a tag against what the cloud refuses."""
        for pattern, words in refused:
            if re.search(pattern, text):
                self.fail(
                    "tags",
                    f"the {part} {key} {words}, which this cloud refuses",
                    remedy="choose another",
                    subject=key,
                    alike=f"{part}s are refused by this cloud, since each {words}",
                )
                return

    def document(self, prop: str, kind: Kind, longest: int, given: str = "") -> None:
        """A document input: parsed, brought into canonical form, kept as it was if it says the same as before.

        ``given`` is the property that the program wrote, where the document follows from another.
        """
        value, given = self.news.get(prop), given or prop
        language = HOST.limits(self.news["cloud"]).language
        if value is None:
            self.fail(prop, f"is missing; give {prop}= a dictionary or JSON text")
            return
        if is_unknown(value):
            self._complain(given, self.drafts.get(prop), kind, language)
            return
        if self._complain(given, value, kind, language):
            return
        text = canonical_text(value, language)
        before = self.olds.get(prop)
        if isinstance(before, str) and same_document(before, text, language):
            text = before
        if len(text) > longest:
            self.fail(given, f"has {len(text)} characters without white space, the cloud allows {longest}; split it")
        self.news[prop] = text

    def _complain(self, prop: str, document: Any, kind: Kind, language: Dialect) -> bool:
        found = [] if document is None else complaints(document, kind, language, secret=prop in self.secret)
        for complaint in found:
            self.fail(prop, str(complaint))
        return bool(found)


class BaseProvider(ResourceProvider):
    """What every resource's provider does the same way."""

    serialize_as_secret_always = False

    kind: ClassVar[str]
    inputs: ClassVar[tuple[str, ...]]  # the keys of checked inputs, beside CONNECTION and OWNER
    replaced_by: ClassVar[tuple[str, ...]]
    named: ClassVar[bool] = False  # whether the resource has a name that may be derived
    identity: ClassVar[tuple[NamedKind, str] | None] = None
    """What the resource makes that others may make anew, and the output with the cloud's own id of it."""

    # -- what a resource says ------------------------------------------------------------------------------------------
    def inspect(self, checked: Checked, limits: Limits) -> None:
        """Check and correct the resource's own inputs."""
        raise NotImplementedError

    def claim(self, props: Props) -> None:
        """Record what a live resource with these (wholly known) inputs wants to keep."""
        raise NotImplementedError

    def make(self, props: Props) -> tuple[str, Props]:
        """Create: the id, and what is known beyond the inputs."""
        raise NotImplementedError

    def look(self, props: Props) -> tuple[Props, Props] | None:
        """Read: inputs and outputs as the cloud has them, or ``None`` when it is proved to be gone."""
        raise NotImplementedError

    def change(self, olds: Props, news: Props) -> Props:
        """Update: what is known beyond the new inputs."""
        raise NotImplementedError

    def end(self, props: Props) -> None:
        """Delete."""
        raise NotImplementedError

    def references(self, props: Props) -> Sequence[Reference]:
        """The roles and policies that the resource means by a name."""
        return ()

    def remember(self, props: Props) -> None:
        """Tell the process what a state, or a create, says of a resource with these outputs."""
        if self.identity is not None:
            kind, key = self.identity
            tell(kind, props, props.get(key), adopted=bool(props.get("adopted")))

    def foresee(self, props: Props, cloud: Cloud) -> Props:
        """Outputs as an update in place to these inputs will leave them. Asked in the program, at a preview."""
        return {}

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of checked inputs."""
        return (*CONNECTION, *self.inputs, OWNER)

    # -- Pulumi's side ---------------------------------------------------------------------------------------------
    def configure(self, req: ConfigureRequest) -> None:
        """Called once for each provider class in a host process."""
        HOST.configure(req.config._props)

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Offline: correct and judge the inputs; record the claims of a live resource."""
        checked = Checked(properties(_olds), properties(news), secret=MAY_HOLD_SECRETS)
        with told(self.kind, _resource(checked.news)):
            self.examine(checked, HOST)
            self._note_replaced(checked)
            if not checked.faults and not is_unknown(checked.news):
                self.claim(checked.news)
        inputs = only(self.keys, checked.news)
        return CheckResult(inputs, checked.failures)

    def examine(self, checked: Checked, host: Host) -> None:
        """All that ``check`` corrects and judges, with the configuration of ``host``. Claims nothing."""
        if not self._check_cloud(checked):
            return
        checked.refuse_slips([key for key in checked.news if key != OWNER])
        if self.named:
            _check_name(checked)
        for key in ("profile", "assume_role_arn", "region"):
            checked.text(key, name=key == "assume_role_arn")
        _settle_region(checked, host)
        self.inspect(checked, host.limits(checked.news["cloud"]))
        meant = settled(checked.news.pop(MEANT, None), checked.olds.get(MEANT))
        if meant:
            checked.news[MEANT] = meant

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Desired inputs against stored outputs, no I/O. Drift that a refresh recorded is a change, too."""
        olds, news = properties(_olds), properties(_news)
        self.remember(olds)
        known = {**olds, MEANT: {**olds.get(MEANT, {}), **olds.get(KNOWN, {})}}
        found = [key for key in self.keys if _differs(key, known.get(key), news.get(key))]
        found += ["drift"] if is_drift(olds.get("drift")) else []
        replaces = [key for key in found if key in self.replaced_by]
        return DiffResult(changes=bool(found), replaces=replaces, delete_before_replace=False)

    def create(self, props: Props) -> CreateResult:
        """Make it, or finish what an earlier create left."""
        given = properties(props)
        with told(self.kind, _resource(given)):
            id_, known = self.make(given)
            outs = {**only(self.keys, given), **known, **written_now()}
            self.remember(outs)
            if self.identity is not None and not outs.get("adopted"):
                tell_made(self.identity[0], outs, outs.get(self.identity[1]))
        return CreateResult(id_, outs)

    def read(self, id_: str, props: Props) -> ReadResult:
        """The live picture; an empty id only when the cloud says positively that it is gone."""
        stored = properties(props)
        with told(self.kind, _resource(stored)):
            found = believed(stored, lambda: self.look(stored), lambda seen: seen is not None)
        if found is None:
            return ReadResult("", {})
        inputs, outs = found
        return ReadResult(id_, outs, only(self.keys, inputs))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Bring it into line. The result replaces all outputs, so it holds all of them."""
        olds, news = properties(_olds), properties(_news)
        with told(self.kind, _resource(news)):
            outs = {**only(self.keys, news), **self.change(olds, news), **written_now()}
            self.remember(outs)
        return UpdateResult(outs)

    def delete(self, _id: str, _props: Props) -> None:
        """End what is ours, release what is adopted, leave what another live resource claims."""
        stored = properties(_props)
        with told(self.kind, _resource(stored)):
            self.end(stored)

    def _note_replaced(self, checked: Checked) -> None:
        """A create that replaces is checked as one that finds nothing; what it finds is this resource's own past."""
        if self.identity is None or checked.olds or checked.faults or is_unknown(checked.known("name") or UNKNOWN):
            return
        kind, _ = self.identity
        own_id = own_id_told(kind, checked.news)
        if own_id:
            checked.news[MEANT] = {key_of(kind, checked.news["name"]): own_id}

    def _check_cloud(self, checked: Checked) -> bool:
        if not checked.news.get("cloud"):
            checked.fail("cloud", f"is missing; give {EITHER}, or set instance-role:cloud in the stack")
            return False
        cloud = checked.text("cloud")
        if cloud is None:
            return False
        try:
            HOST.limits(cloud)
        except (CloudError, ValueError) as error:
            checked.fail("cloud", str(error).removeprefix("cloud: "))
            return False
        return True


def owner_of_props(props: Mapping[str, Any]) -> Owner:
    """The resource that inputs or outputs belong to."""
    return owner_from(props.get(OWNER, {}))


def owner_as_found(props: Mapping[str, Any], *, lost: bool) -> Props:
    """The ``owner`` input as a read returns it; one that lost its mark differs, so that the next up marks it again."""
    owner = only(("project", "stack", "resource", "organization"), props.get(OWNER, {}))
    return {**owner, "marked": False} if lost else owner


def declared_tags(props: Mapping[str, Any]) -> dict[str, str]:
    """The tags a resource declares."""
    return dict(props.get("tags") or {})


def _differs(key: str, old: Any, new: Any) -> bool:
    """Whether an input is a change. That a newer release says more of the same thing is none."""
    if key == MEANT:
        return changed(old, new)
    if key == OWNER and isinstance(old, Mapping) and isinstance(new, Mapping) and "organization" not in old:
        new = {each: value for each, value in new.items() if each != "organization"}
    return differs(old, new)


def _resource(props: Mapping[str, Any]) -> str:
    return owner_of_props(props).resource


def _settle_region(checked: Checked, host: Host) -> None:
    """The region stays in the state, so that refresh and destroy need neither the program nor its environment.

    Of what has no region of its own, such as a role, it is the region that calls are signed for and whose instances
    are asked.
    """
    news = checked.news
    if checked.faults or is_unknown([news.get(key) for key in CONNECTION]):
        return
    try:
        news["region"] = host.region(news)
    except (CloudError, ValueError) as error:
        prop, colon, rest = str(error).partition(": ")
        named = bool(colon) and prop in CONNECTION
        checked.fail(prop if named else "region", rest if named else str(error))


def _check_name(checked: Checked) -> None:
    """Keep a derived name once it is made: renaming a stack or aliasing a resource replaces nothing."""
    olds, news = checked.olds, checked.news
    news.setdefault("auto_name", False)
    kept = news["auto_name"] is True and olds.get("auto_name") is True and olds.get("cloud") == news.get("cloud")
    if kept and isinstance(olds.get("name"), str):
        news["name"] = olds["name"]
