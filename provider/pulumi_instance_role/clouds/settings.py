"""Where to call: a resource's own settings, then the stack's, then the environment's; what all clouds read alike.

``INSTANCE_ROLE_ENDPOINT=http(s)://host:port`` sends every call to one address, whatever else is set. Settings of this
project, for every cloud, each with its variable:

* ``instance-role:callsPerSecond`` (``INSTANCE_ROLE_CALLS_PER_SECOND``): the rate of operations whose own is not
  published; without it a few of them are in flight at first, and more as they are answered.
* ``instance-role:bindTimeout`` (``INSTANCE_ROLE_BIND_TIMEOUT``): seconds that a cloud is given to show a binding that
  it accepted.

Nothing here talks to a network, and no SDK is imported.
"""

from __future__ import annotations

import difflib
import ipaddress
import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pulumi_instance_role.clouds import NAMES, limits_of, regions_of
from pulumi_instance_role.clouds.credentials import Keys
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Settings
from pulumi_instance_role.records import dataclass
from pulumi_instance_role.transport.redact import redact

ENDPOINT = "INSTANCE_ROLE_ENDPOINT"
NO_REGION = "region: not set;"
"""How the message begins where no region is known; what to do depends on who asks."""


@dataclass(frozen=True)
class Endpoint:
    """An address: ``host`` or ``host:port``, and whether it is spoken to with TLS."""

    address: str
    secure: bool = True

    def __str__(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.address}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine."""
        return is_loopback(urlsplit(f"//{self.address}").hostname or "")


class Reader:
    """Reads the settings of one cloud. Raises :class:`CloudError` for what cannot work."""

    cloud_name: str
    """For messages."""
    namespace: str
    """Of the keys of the cloud's own Pulumi package."""
    bundles: tuple[str, ...]
    """Variables that may name a file of CA certificates."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self.settings = settings
        self.environment = environment
        self.notices: list[str] = []

    def config(self, key: str) -> str:
        """A setting of the cloud's own Pulumi package, as text; empty where it is not set."""
        value = self.settings.config.get(f"{self.namespace}:{key}")
        return "" if value is None else value if isinstance(value, str) else json.dumps(value)

    def variable(self, *names: str) -> str:
        """The first of these variables that is set to something."""
        return first(self.environment, names)

    def structure(self, key: str) -> dict[str, Any]:
        """A structured setting: one object, or a list of objects that are read as one."""
        text = self.config(key)
        if not text:
            return {}
        try:
            value = json.loads(text)
        except ValueError:
            raise invalid(f"{self.namespace}:{key}: not JSON;", "set it with: pulumi config set --path") from None
        merged: dict[str, Any] = {}
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, dict):
                raise invalid(f"{self.namespace}:{key}: must be an object;", "set it with: pulumi config set --path")
            merged.update(part)
        return merged

    def known_region(self, region: str, known: Collection[str], variable: str, skip: str, *, skipped: bool) -> str:
        """``region``, which must be one of those ``known`` unless that check is ``skipped`` by the setting ``skip``."""
        if not region:
            raise invalid(
                NO_REGION,
                f"give region=, run: pulumi config set {self.namespace}:region, or set {variable}.",
            )
        if region not in known and not skipped:
            near = difflib.get_close_matches(region, sorted(known), 1)
            few = " and ".join(sorted(known)[:1] + sorted(known)[-1:])
            elsewhere = next((name for name in NAMES if region in regions_of(name)), None)
            meant = f'is "{near[0]}" meant?' if near else f"known ones are such as {few}."
            if elsewhere is not None:
                meant = f'it is one of {limits_of(elsewhere).language.name} (cloud="{elsewhere}").'
            raise invalid(
                f'region: "{region}" is not a region of {self.cloud_name};',
                f"{meant} For a region newer than this program: pulumi config set {skip} true",
            )
        if not re.fullmatch(r"[A-Za-z0-9-]+", region):
            raise invalid(f'region: "{region}" cannot be a region;', "use letters, digits and dashes.")
        return region

    def everywhere(self) -> Endpoint | None:
        """The one address that all calls go to, if there is one; it is told."""
        everything = self.environment.get(ENDPOINT, "")
        if not everything:
            return None
        endpoint = endpoint_of(ENDPOINT, everything, secure=True, scheme_needed=True)
        self.notices.append(f"every call goes to {endpoint} ({ENDPOINT})")
        return endpoint

    def secure(self, protocol: str) -> bool:
        """Whether a protocol setting means TLS."""
        if protocol.upper() not in ("", "HTTP", "HTTPS"):
            raise invalid(f'{self.namespace}:protocol: must be HTTP or HTTPS, not "{protocol}";', "correct it.")
        return protocol.upper() != "HTTP"

    def stack_keys(self, id_key: str, secret_key: str, token_key: str) -> Keys | None:
        """The access key in the stack's configuration; that it lies there is told."""
        key_id, secret = self.config(id_key), self.config(secret_key)
        if not key_id and not secret:
            return None
        if not (key_id and secret):
            missing = secret_key if key_id else id_key
            raise CloudError(
                ErrorKind.CREDENTIALS,
                f"{self.namespace}:{missing}: not set, while its other half is;",
                hint="set both, or better neither: use the environment or a profile.",
            )
        used = [f"{self.namespace}:{key}" for key in (id_key, secret_key, token_key) if self.config(key)]
        plain = [key for key in used if key not in self.settings.secret]
        where = f"in the stack's state, {_listed(plain)} not encrypted" if plain else "encrypted in the stack's state"
        self.notices.append(
            f"{_listed(used)} are used; they also lie {where}. The environment, a profile or an instance role keeps "
            "them out of it"
        )
        source = f"stack configuration ({self.namespace}:{id_key})"
        return Keys(key_id, secret, self.config(token_key), source)

    def ca_bundle(self) -> str:
        """The file of CA certificates that the environment names, or nothing."""
        for name in self.bundles:
            bundle = self.environment.get(name, "")
            if bundle:
                if not Path(bundle).exists():
                    raise invalid(f"{name}: there is no file {bundle};", "name a file of CA certificates, or unset it.")
                return bundle
        return ""

    def calls_per_second(self) -> float | None:
        """The rate of operations whose own is not published."""
        return self._number("instance-role:callsPerSecond", "INSTANCE_ROLE_CALLS_PER_SECOND", 10_000)

    def bind_timeout(self) -> float | None:
        """Seconds that the cloud is given to show a binding it accepted."""
        return self._number("instance-role:bindTimeout", "INSTANCE_ROLE_BIND_TIMEOUT", 86_400)

    def _number(self, key: str, variable: str, most: float) -> float | None:
        text = self.settings.config.get(key) or self.environment.get(variable, "")
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            number = 0.0
        if not 0 < number < most:
            raise invalid(f'{key}: must be a number above 0, not "{text}";', "correct it, or leave it out.")
        return number


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def first(environment: Mapping[str, str], names: Sequence[str]) -> str:
    """The first of these variables that is set to something."""
    return next((environment[name] for name in names if environment.get(name)), "")


def invalid(message: str, hint: str) -> CloudError:
    """A setting that cannot work. A name and a password in an address are not shown."""
    return CloudError(ErrorKind.INVALID, redact(message), hint=hint)


def endpoint_of(source: str, text: str, *, secure: bool, scheme_needed: bool = False) -> Endpoint:
    """The address that a setting names; plain http is refused off this machine."""
    has_scheme = "://" in text
    if "@" in text:
        # Nobody is signed in to by it, and an address is shown in messages, previews and reports.
        raise invalid(f"{source}: has a name or a password in it, which is not shown here;", "write the address alone.")
    parts = urlsplit(text if has_scheme else f"//{text}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    wrong_scheme = parts.scheme not in ("http", "https") if has_scheme else scheme_needed
    if wrong_scheme or not parts.hostname or port == -1 or parts.path not in ("", "/") or parts.query:
        form = "http(s)://host:port" if scheme_needed else "host or host:port"
        raise invalid(f'{source}: "{text}" is not an address;', f"write it as {form}.")
    if has_scheme:
        secure = parts.scheme == "https"
    if not secure and not is_loopback(parts.hostname):
        raise invalid(
            f"{source}: plain http to {parts.hostname} would show requests and tokens to the network;",
            "use https, or an address on this machine.",
        )
    return Endpoint(parts.netloc, secure)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
