"""What providers of other packages were made with.

The SDK keeps the inputs of a provider nowhere, and shows only texts among them as outputs. So they are noted when a
provider is made, by a wrapper around the constructor of ``pulumi.ProviderResource``, from the moment on at which a
program imports this package.

Limits: a provider that was made before is not known, nor one of which a remote component got the reference only; what
a transformation changes in a provider's inputs is not seen.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import pulumi

_noted: WeakKeyDictionary[pulumi.ProviderResource, Mapping[str, Any]] = WeakKeyDictionary()
_MARK = "_instance_role_notes"


def note_providers() -> None:
    """Note from now on what providers are made with."""
    made = pulumi.ProviderResource.__init__
    if getattr(made, _MARK, None) is _noted:
        return

    @functools.wraps(made)
    def make(self: Any, pkg: str, name: str, props: Any = None, *args: Any, **kwargs: Any) -> None:
        if not kwargs.get("dependency"):
            _noted[self] = dict(props if isinstance(props, Mapping) else vars(props) if props is not None else {})
        made(self, pkg, name, props, *args, **kwargs)

    setattr(make, _MARK, _noted)
    pulumi.ProviderResource.__init__ = make  # type: ignore[method-assign]  # the SDK has no hook for it


def inputs_of(provider: pulumi.ProviderResource) -> Mapping[str, Any] | None:
    """What the provider was made with, by the names of its arguments; ``None`` where that is not known."""
    return _noted.get(provider)
