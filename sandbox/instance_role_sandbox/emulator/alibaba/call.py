"""The seam products are written against: a product, its actions, and the call an action is given.

::

    ECS = Product("Ecs", "2014-05-26", prefix="ecs", regional=True, denied=("Forbidden.RAM", 403, "..."))

    @ECS.action("StartInstance", resources=on_instance)
    def start_instance(call: Call) -> Answer:
        instance_id = call.params.required("InstanceId")
        instance = call.table(INSTANCES).get(instance_id)
        if instance is None:
            raise ApiError("InvalidInstanceId.NotFound", 404, "...")
        call.table(INSTANCES).put(instance_id, replace(instance, timeline=...))
        return {}

An action runs inside a state transaction that is undone when it raises. It never sleeps and never looks at a clock
of its own: ``call.now`` is the account's (emulated) time. ``RequestId`` is added to the answer by the gateway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..state import Kind, State, Table
from ..switches import Switches
from .params import Params

T = TypeVar("T")
Answer = dict[str, Any]
"""The data of a successful answer: what JSON can hold, in the API's own spelling."""


@dataclass(frozen=True)
class Caller:
    """Who signed the request.

    ``kind`` is "account" (the root key: may do all), "user" or "role". ``name`` is the user's or the role's name,
    ``session`` the role session's. ``restriction`` is a policy document that bounds a role session ("" for none).
    """

    kind: str
    account: str
    arn: str
    principal_id: str
    name: str = ""
    entity_id: str = ""
    session: str = ""
    restriction: str = ""


@dataclass(frozen=True)
class Call:
    """One authenticated request to one action."""

    product: Product
    action: Action
    params: Params
    caller: Caller
    region: str  # "" for global products
    now: float  # the account's time, seconds since the epoch
    state: State
    switches: Switches
    request_id: str
    host: str  # the endpoint as the client wrote it
    context: Mapping[str, str]  # condition keys for policy evaluation (acs:SourceIp, ...)
    may: Callable[[str, str], bool] = field(repr=False)

    @property
    def account(self) -> str:
        """The caller's account id."""
        return self.caller.account

    def table(self, kind: Kind[T], region: str | None = None) -> Table[T]:
        """The records of ``kind`` in the caller's account, and for regional kinds in the request's region."""
        return self.state.table(kind, self.account, self.region if region is None else region)

    def allowed(self, permission: str, *resources: str) -> bool:
        """Whether the caller may do ``permission`` on every one of ``resources``, beside what the action asked for.

        For associated operations: ``call.allowed("ram:PassRole", f"acs:ram:*:{call.account}:role/{name}")``.
        """
        return all(self.may(permission, resource) for resource in resources)


Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Action:
    """One action of a product, with what the gateway has to know about it.

    ``permission`` is evaluated against each of ``resources(call)`` for callers other than the account itself; ``None``
    asks for nothing. ``when_denied`` answers in place of an error (ECS answers denied readers with empty lists).
    """

    name: str
    run: Handler
    permission: str | None
    resources: Callable[[Call], Iterable[str]]
    writes: bool
    when_denied: Handler | None


@dataclass(frozen=True)
class Product:
    """One product: how it is addressed, and its actions.

    ``prefix`` is the service in permissions (``ecs:StartInstance``) and, unless ``hosts`` says otherwise, the first
    part of its hosts (``ecs.cn-hangzhou.aliyuncs.com``, ``ecs-cn-hangzhou.aliyuncs.com``). ``denied`` is the error of
    a caller without permission: code, HTTP status, message.
    """

    name: str
    version: str
    prefix: str
    regional: bool
    denied: tuple[str, int, str]
    hosts: tuple[str, ...] = ()
    actions: dict[str, Action] = field(default_factory=dict, repr=False, compare=False)

    @property
    def host_prefixes(self) -> tuple[str, ...]:
        """First parts of the product's public host names."""
        return self.hosts or (self.prefix,)

    def action(
        self,
        name: str,
        *,
        permission: str | None = "",
        resources: Callable[[Call], Iterable[str]] | None = None,
        writes: bool | None = None,
        when_denied: Handler | None = None,
    ) -> Callable[[Handler], Handler]:
        """Register the function below as the action ``name``.

        ``permission`` is ``prefix:name`` if left out; ``None`` for actions that everybody may call. ``resources``
        is ``("*",)`` if left out: then only a policy on all resources allows the action. ``writes`` says whether
        the action changes anything, and is guessed from the name (Describe*, Get*, List*, Query* do not).
        """

        def register(run: Handler) -> Handler:
            self.actions[name] = Action(
                name=name,
                run=run,
                permission=f"{self.prefix}:{name}" if permission == "" else permission,
                resources=resources or _all_resources,
                writes=not name.startswith(("Describe", "Get", "List", "Query")) if writes is None else writes,
                when_denied=when_denied,
            )
            return run

        return register


def _all_resources(call: Call) -> Iterable[str]:
    return ("*",)
