"""The provider host process: what it was configured with, what its live resources claim, and its connections.

One process serves one operation of one stack (preview, update, refresh or destroy), so what is here lives as long as
the operation. Nothing here is ever pickled: providers stay without attributes.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from pulumi_instance_role.clouds import connect, limits_of, region_of
from pulumi_instance_role.clouds.port import Cloud, CloudError, Limits, Settings
from pulumi_instance_role.host.claims import Claims, Scope
from pulumi_instance_role.records import dataclass

Place = tuple[Any, ...]


@dataclass
class _Kept:
    """What was made of one configuration, by what resources say of where they live: the same for all of a place."""

    config: Mapping[str, Any]
    clouds: dict[Place, Cloud] = field(default_factory=dict)
    regions: dict[Place, str] = field(default_factory=dict)


@dataclass
class Host:
    """State of this process."""

    config: Mapping[str, Any] = field(default_factory=dict)
    claims: Claims = field(init=False)
    replaced: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """What is to be replaced, as the last ``diff`` of each resource said: the resource -> what a delete will see."""
    _last: _Kept = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.claims = Claims(self.same_account)
        self._last = _Kept(self.config)

    def configure(self, config: Mapping[str, Any]) -> None:
        """Take the stack's configuration. The host turns errors into tracebacks; from here on, into one line."""
        self.config = dict(config)
        sys.tracebacklimit = 0

    def settings(self, props: Mapping[str, Any]) -> Settings:
        """Where and as whom a resource with these properties talks to its cloud."""
        return Settings(
            cloud=props["cloud"],
            region=props.get("region"),
            profile=props.get("profile"),
            assume_role_arn=props.get("assume_role_arn"),
            config=self.config,
        )

    def cloud(self, props: Mapping[str, Any]) -> Cloud:
        """The connection for a resource with these properties."""
        place, kept = _place(props), self._kept.clouds
        if place not in kept:
            kept[place] = connect(self.settings(props))
        return kept[place]

    def region(self, props: Mapping[str, Any]) -> str:
        """The region of a resource with these properties. Loads no SDK: a resource that is in line needs none."""
        place, kept = _place(props), self._kept.regions
        if place not in kept:
            kept[place] = region_of(self.settings(props))
        return kept[place]

    @property
    def _kept(self) -> _Kept:
        """Environment and files are read once for each place; with another configuration, once more."""
        if self._last.config is not self.config:
            self._last = _Kept(self.config)
        return self._last

    def limits(self, cloud: str) -> Limits:
        """The documented limits of a cloud, by name."""
        return limits_of(cloud)

    def same_account(self, one: Scope, other: Scope) -> bool:
        """Whether two profiles or roles to assume lead to the same account; yes when the cloud does not tell."""
        try:
            return self._account(one) == self._account(other)
        except (CloudError, ValueError):
            return True

    def _account(self, scope: Scope) -> str:
        place = Settings(
            scope.cloud, scope.region or None, scope.profile or None, scope.assume_role_arn or None, self.config
        )
        return connect(place).identity().account_id


def _place(props: Mapping[str, Any]) -> Place:
    return (props["cloud"], props.get("region"), props.get("profile"), props.get("assume_role_arn"))


def scope_of(props: Mapping[str, Any], region: str = "") -> Scope:
    """Where the names of a resource with these properties are unique."""
    return Scope(props["cloud"], props.get("profile", ""), props.get("assume_role_arn", ""), region)


HOST = Host()
"""The state of the process that imported this module; a provider host configures it, or what looks in its place."""
