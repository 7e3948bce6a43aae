"""What there is to know of a cloud, and of what a stack has in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from instance_role_sandbox.project.account import Account
from instance_role_sandbox.project.errors import ProjectError
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.wheels import with_extra

INSIDE = Path(__file__).parent.parent / "inside"
SEEDED = "sandbox-seed"
"""The name of the network in which `sandbox seed` puts its instances."""


@dataclass(frozen=True)
class Policy:
    """A policy in force. ``document`` is its default version's text."""

    name: str
    kind: str  # Custom or System
    version: str
    document: str


@dataclass(frozen=True)
class Role:
    """A role with the services that may assume it and the policies on it.

    ``session`` is what STS's name for its sessions has in it (with a slash at its end).
    """

    name: str
    arn: str
    trusted: tuple[str, ...]
    policies: tuple[Policy, ...]
    session: str = ""


@dataclass(frozen=True)
class Held:
    """An instance as the cloud shows it: its name, its status, and the role it holds."""

    name: str = ""
    status: str = "gone"
    role: str | None = None


class Reader(Protocol):
    """Looks at an account, with the sandbox's own key."""

    def close(self) -> None:
        """Give the connections back."""
        ...

    def instances(self, ids: Sequence[str]) -> Mapping[str, Held]:
        """Those of the instances that are there, by id."""
        ...

    def role(self, name: str) -> Role | None:
        """A role with its policies; ``None`` if there is none of that name."""
        ...

    def policy(self, name: str) -> Policy | None:
        """A custom policy; ``None`` if there is none of that name."""
        ...


class Maker(Protocol):
    """Makes what a program may find, with the sandbox's own key."""

    def instances(self, names: Sequence[str]) -> list[str]:
        """Running instances in a VPC, one of each name; their ids."""
        ...


@dataclass(frozen=True)
class Probe:
    """A harmless call, what its permission is called, and where its answer lists what it found."""

    permission: str
    product: str
    version: str
    host: str
    resource: str  # as its permission names it, with {region} and {account}
    items: str
    hides: bool = False  # answers an empty list, not an error, to who may not
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def action(self) -> str:
        """The call's name."""
        return self.permission.partition(":")[2]

    def as_call(self) -> dict[str, Any]:
        """What the script inside needs to make it."""
        return {
            "product": self.product,
            "version": self.version,
            "host": self.host,
            "action": self.action,
            "params": dict(self.params),
        }


@dataclass(frozen=True)
class Cloud:
    """One cloud.

    ``variables`` are what points its SDK, its plugin and its default credentials at a sandbox, and ``prefixes`` and
    ``names`` every variable that could point them elsewhere. ``leads_out`` are keys of a stack's configuration that
    would. ``reader`` and ``maker`` are the modules with the ``CloudReader`` and the ``CloudMaker``, which need the
    cloud's SDK. ``probes`` are in the order in which they are chosen; ``who`` is the call of GetCallerIdentity, and
    ``identity`` where its answer has the name. ``kinds`` says where the sandbox's state has what, and the key of its id
    or name. ``behind_proxy`` is the variable with the port of the sandbox, where the real plugin finds the sandbox only
    by a proxy.
    """

    name: str  # in the sandbox's ready line and in `instance-role:cloud`
    title: str
    namespace: str  # of configuration keys, and the plugin's name
    module: str  # the Python package whose plugin that is
    leads_out: tuple[str, ...]
    prefixes: tuple[str, ...]
    names: tuple[str, ...]
    variables: Callable[[str, Account, str], Mapping[str, str]]
    reader: str
    maker: str
    instance: str  # the type of an instance in states
    role_property: str  # of that type
    dialect: Dialect
    address_key: str  # condition keys that every request has
    time_key: str
    secure_key: str  # "" where there is none
    probes: tuple[Probe, ...]
    who: Mapping[str, Any]
    identity: str
    script: Path
    state: tuple[str, ...]  # path of its part of the sandbox's state
    kinds: Mapping[str, str]
    behind_proxy: str = ""

    @property
    def executable(self) -> str:
        """The plugin's file name."""
        return f"pulumi-resource-{self.namespace}"

    def read(self, endpoint: str, account: Account, region: str) -> Reader:
        """What looks at the account. ProjectError where the cloud's SDK is not installed."""
        found: Reader = self._import(self.reader).CloudReader(endpoint, account, region)
        return found

    def make(self, endpoint: str, account: Account, region: str) -> Maker:
        """What makes instances in the account. ProjectError where the cloud's SDK is not installed."""
        found: Maker = self._import(self.maker).CloudMaker(endpoint, account, region)
        return found

    def _import(self, module: str) -> ModuleType:
        try:
            return import_module(module)
        except ModuleNotFoundError as missing:
            raise ProjectError(
                f"{self.title} needs {missing.name}, which is not installed; {with_extra(self.name)}"
            ) from None

    def owned(self, state: Mapping[str, Any]) -> Iterable[str]:
        """Ids and names of everything the account holds in this cloud."""
        for step in self.state:
            state = state.get(step) or {}
        for kind, key in self.kinds.items():
            yield from (str(item[key]) for item in state.get(kind) or ())


def trusted_services(document: Mapping[str, Any], dialect: Dialect) -> tuple[str, ...]:
    """The services that a trust document names, in order, each once."""
    names: list[str] = []
    for statement in document.get(dialect.statement_key) or ():
        services = (statement.get(dialect.principal_key) or {}).get(dialect.service_kind) or []
        names += [services] if isinstance(services, str) else services
    return tuple(dict.fromkeys(names))
