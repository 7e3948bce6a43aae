"""What a resource takes over from a provider of its cloud's own Pulumi package.

``opts=ResourceOptions(provider=alicloud.Provider("b", ...))`` means: in that region, as that account. Pulumi gives a
dynamic resource no part of it, so it would be made in the default account without a word. The settings are inputs of
the provider, known in the program: a region, a profile and a role to assume are taken over where the resource names
none itself. Anything else that decides as whom a provider signs in is refused where the resource is declared.

Limits: those of :mod:`.noted`; a structured setting of the provider, such as ``endpoints``, is not compared with the
stack's, but taken to say the same.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.output import UNKNOWN, Unknown
from pulumi.runtime.config import CONFIG

from pulumi_instance_role.clouds import NAMES, package_of
from pulumi_instance_role.clouds.package import Package, Setting
from pulumi_instance_role.clouds.settings import ENDPOINT
from pulumi_instance_role.program.noted import inputs_of

_REMEDY = "give profile= or assume_role_arn="
_SIGN_IN = ("profile", "assume_role_arn")
_DYNAMIC = "pulumi-python"


def taken_over(
    whose: str, given: Mapping[str, Any], opts: pulumi.ResourceOptions, like: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The inputs ``given`` of the resource ``whose``, with where it lives as far as it does not say so itself.

    ``like`` is where the resource that it refers to lives, which comes after a provider of its own and before one
    that its parents have. Raises ValueError for a provider that cannot be followed.
    """
    own, inherited = _found(given.get("cloud"), opts)
    provider = own or inherited
    place = {**dict.fromkeys(("region", *_SIGN_IN)), **given}
    if provider is not None:
        _take(whose, place, provider, signs_in=own is not None or like is None)
    if like is not None and own is None:
        place.update({key: like[key] for key in _SIGN_IN if place[key] is None})
    return place


def _found(
    cloud: Any, opts: pulumi.ResourceOptions
) -> tuple[pulumi.ProviderResource | None, pulumi.ProviderResource | None]:
    """The provider that the options name, and the one that the parents have, of the resource's cloud."""
    named = opts.providers
    own = dict(named) if isinstance(named, Mapping) else {one.package: one for one in named or ()}
    single = opts.provider
    if single is not None:
        own[single.package] = single
    packages = {name: package_of(name).name for name in NAMES}
    above = {one: opts.parent.get_provider(f"{one}:index:any") for one in packages.values()} if opts.parent else {}
    if not isinstance(cloud, str):
        if set(own) & set(packages.values()) or any(above.values()):
            raise ValueError(f"cloud: must be a plain text where a provider says where the resource lives; {_REMEDY}")
        return None, None
    refuse_another_package(cloud, single)
    package = packages[cloud]
    return own.get(package), above.get(package)


def refuse_another_package(cloud: str, single: pulumi.ProviderResource | None) -> None:
    """Raise ValueError for a ``provider=`` of which a resource of that cloud takes nothing over."""
    package = package_of(cloud).name
    if single is not None and single.package not in (package, _DYNAMIC):
        raise ValueError(
            f'opts: a resource of cloud="{cloud}" takes nothing over from a provider of the package '
            f'"{single.package}"; give one of "{package}", or {_REMEDY}'
        )


def _take(whose: str, place: dict[str, Any], provider: pulumi.ProviderResource, *, signs_in: bool) -> None:
    package, name = package_of(place["cloud"]), provider.pulumi_resource_name
    says_itself = any(place[key] is not None for key in _SIGN_IN)
    settings = inputs_of(provider)
    if settings is None:
        if says_itself or not signs_in:
            return
        raise ValueError(
            f'opts: the settings of the provider "{name}" are not known here; import pulumi_instance_role before it is '
            f"made, or {_REMEDY}"
        )
    config, environment = dict(CONFIG.get()), os.environ
    if place["region"] is None:
        place["region"] = settings.get(package.region.argument)
    if not environment.get(ENDPOINT):
        for one in package.address:
            if not one.is_usual(settings.get(one.argument), config, environment):
                raise ValueError(
                    f'opts: {one.argument} of the provider "{name}" cannot be taken over; set {one.key} for the stack'
                )
    if signs_in and not says_itself:
        _check_sign_in(package, name, settings, config)
        profile = settings.get(package.profile.argument)
        if not package.profile.is_usual(profile, {}, environment):
            place["profile"] = profile
        role = settings.get(package.assume_role.argument)
        if role is not None:
            place["assume_role_arn"] = pulumi.Output.from_input(role).apply(
                functools.partial(_role_arn, whose, package, name), run_with_unknowns=True
            )


def _check_sign_in(package: Package, name: str, settings: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """Refuse what cannot be taken over, and what the stack says although this provider does not."""
    for one in (*package.sign_in, *package.beside):
        if not one.is_usual(settings.get(one.argument), config, os.environ):
            raise ValueError(f'opts: {one.argument} of the provider "{name}" cannot be taken over; {_REMEDY}')
    replaced = (package.profile, *package.sign_in) if settings.get(package.profile.argument) is None else ()
    for one in (*replaced, package.assume_role, *package.beside):
        if config.get(one.key) and _is_silent(one, settings):
            raise ValueError(
                f'opts: the stack\'s {one.key} is no setting of the provider "{name}", yet it would count here; '
                f"{_REMEDY}"
            )


def _is_silent(setting: Setting, settings: Mapping[str, Any]) -> bool:
    return settings.get(setting.argument) is None


def _role_arn(whose: str, package: Package, name: str, role: Any) -> Any:
    """The ARN in a provider's role to assume, which its SDK has made a JSON text of."""
    if isinstance(role, Unknown):
        return UNKNOWN
    argument = package.assume_role.argument
    found = json.loads(role) if isinstance(role, str) else role
    # Of a dictionary its own keys, of the package's type the names that its plugin knows.
    members = {re.sub("[A-Z]", lambda char: f"_{char[0].lower()}", key): one for key, one in found.items()}
    extras = sorted(key for key in package.assume_extras if members.get(key))
    if extras or not members.get("role_arn"):
        what = f"has {', '.join(extras)}, which" if extras else "has no role_arn and so"
        raise pulumi.RunError(
            f'instance-role: {whose} opts: {argument} of the provider "{name}" {what} cannot be taken over; {_REMEDY}'
        )
    return members["role_arn"]
