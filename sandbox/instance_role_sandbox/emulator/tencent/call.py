"""The seam products are written against: a product, its actions, and the call an action is given.

::

    @CAM.action("DeleteRole", takes="RoleId RoleName", rate=3, resources=resources.role)
    def delete_role(call: Call) -> Answer:
        role = existing(call)
        call.table(ROLE).delete(role.name)
        return {}

An action runs inside a state transaction that is undone when it raises. It never sleeps and never looks at a clock of
its own: ``call.now`` is the account's (emulated) time. ``RequestId`` is added to the answer by the gateway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..state import Kind, State, Table
from ..switches import Switches
from .accounts import Owner
from .shapes import Shape, shape

T = TypeVar("T")
Answer = dict[str, Any]
"""The data of a successful answer, in the API's own spelling."""


@dataclass(frozen=True)
class Caller:
    """Who signed the request.

    ``kind`` is "account" (the root key: may do all), "user" or "role". ``holder`` is what policies are attached to:
    the user's uin or the role's id. ``restriction`` is a policy document that bounds a role session ("" for none).
    """

    kind: str
    account: str  # the sandbox account
    arn: str
    holder: str = ""
    session: str = ""
    restriction: str = ""


@dataclass(frozen=True)
class Call:
    """One authenticated request to one action, its parameters read by the action's shape."""

    product: Product
    action: Action
    params: Mapping[str, Any]
    caller: Caller
    owner: Owner
    region: str  # "" for global products
    now: float  # the account's time, seconds since the epoch
    state: State
    switches: Switches
    request_id: str
    context: Mapping[str, str]  # condition keys for policy evaluation (qcs:ip, ...)
    may: Callable[[str, str], bool] = field(repr=False)

    @property
    def account(self) -> str:
        """The sandbox account's id."""
        return self.caller.account

    @property
    def uin(self) -> str:
        """The root account's number."""
        return self.owner.uin

    def table(self, kind: Kind[T], region: str | None = None) -> Table[T]:
        """The records of ``kind`` in the caller's account, and for regional kinds in the request's region."""
        return self.state.table(kind, self.account, self.region if region is None else region)

    def text(self, name: str, default: str = "") -> str:
        """A text parameter, or ``default`` when it was not sent."""
        return str(self.params.get(name, default))

    def integer(self, name: str, default: int = 0) -> int:
        """A whole-number parameter, or ``default`` when it was not sent."""
        return int(self.params.get(name, default))

    def texts(self, name: str) -> list[str]:
        """A list of texts; empty when it was not sent."""
        return list(self.params.get(name, ()))

    def name_of(self, path: str, service: str | None = None) -> str:
        """A resource of this account as policies name it: ``qcs::cvm:ap-guangzhou:uin/1000:instance/ins-1``."""
        return f"qcs::{service or self.product.name}:{self.region}:uin/{self.uin}:{path}"


Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Action:
    """One action of a product, with what the gateway has to know about it.

    ``rate`` is how many requests a second one caller may make in one region (``None``: not published).
    ``permission`` is evaluated against each of ``resources(call)`` for callers other than the root account; ``None``
    asks for nothing. ``when_denied`` is what a denied reader is told in place of an error, where a switch says so.
    ``asks_region`` is whether a product that is for all regions wants one named all the same.
    """

    name: str
    run: Handler
    takes: Shape
    rate: int | None
    permission: str | None
    resources: Callable[[Call], Iterable[str]]
    writes: bool
    when_denied: Handler | None
    asks_region: bool


@dataclass(frozen=True)
class Product:
    """One product: the service in signatures, permissions and host names, its version, its actions."""

    name: str
    version: str
    regional: bool
    internal_error: str = "InternalError"
    actions: dict[str, Action] = field(default_factory=dict, repr=False, compare=False)

    def action(
        self,
        name: str,
        *,
        takes: str = "",
        rate: int | None = None,
        permission: str | None = "",
        resources: Callable[[Call], Iterable[str]] | None = None,
        when_denied: Handler | None = None,
        writes: bool | None = None,
        asks_region: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Register the function below as the action ``name``.

        ``takes`` declares its parameters (:mod:`.shapes`). ``permission`` is ``service:name`` if left out.
        ``resources`` is ``("*",)`` if left out: then only a policy on all resources allows the action. ``writes``
        is guessed from the name if left out.
        """

        def register(run: Handler) -> Handler:
            self.actions[name] = Action(
                name=name,
                run=run,
                takes=shape(takes),
                rate=rate,
                permission=f"{self.name}:{name}" if permission == "" else permission,
                resources=resources or _all_resources,
                writes=not name.startswith(("Describe", "Get", "List")) if writes is None else writes,
                when_denied=when_denied,
                asks_region=asks_region,
            )
            return run

        return register


def _all_resources(call: Call) -> Iterable[str]:
    return ("*",)
