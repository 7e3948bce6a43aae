"""What a provider of a cloud's own Pulumi package can say, as data: what is taken over from it, and what cannot be.

A resource of this project keeps a region, a profile and a role to assume, so these three are taken over. Keys never
are: they would lie in the resource's inputs. Whatever else decides as whom or where a provider calls must not be left
out without a word, so it is listed here too.

An explicit provider reads nothing from the stack's configuration (https://www.pulumi.com/docs/iac/concepts/config/),
while a resource of this project does: the names of both are needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_instance_role.records import dataclass


@dataclass(frozen=True)
class Setting:
    """One setting: the provider's argument, the stack's key, and the variables that both fall back to."""

    argument: str
    key: str = ""
    variables: tuple[str, ...] = ()
    structured: bool = False  # an object or a list, which the package's SDK makes an output of
    default: str = ""  # what the provider takes where neither says anything

    def is_usual(self, value: Any, config: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
        """Whether ``value`` is what the stack or the environment says anyway, as far as it can be compared."""
        if value is None:
            return True
        if self.structured:
            return bool(self.key and config.get(self.key))
        said = [config.get(self.key), *(environment.get(name) for name in self.variables)]
        return value in said or (value == self.default and not any(said))


@dataclass(frozen=True)
class Package:
    """The settings of one package's provider."""

    name: str
    region: Setting
    profile: Setting
    assume_role: Setting
    """One object; of its members ``role_arn`` is taken over."""
    assume_extras: frozenset[str]
    """Members that change what the cloud lets whoever assumes the role do: they cannot be taken over."""
    sign_in: tuple[Setting, ...]
    """Other ways to say as whom; a profile takes their place."""
    beside: tuple[Setting, ...] = ()
    """What bears on any way to say as whom."""
    address: tuple[Setting, ...] = ()
    """Where calls go."""
