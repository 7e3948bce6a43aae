"""What a preview can know of an update in place although Pulumi does not.

A dynamic provider has no say in a previewed update: the new inputs count as its outputs, so whatever only the cloud
knows, such as an ARN, turns unknown to every dependant, although an update in place cannot change it. So the resource
asks the cloud itself, in the program, once for each resource that is updated. It waits for nothing but its own
registration.

Limits: of what is created or replaced the cloud knows nothing yet, and no rule that the clouds confirm gives it (the
letter case of an ARN, say), so that stays unknown; so does what may not be read, and ``drift``, which is what a look
finds. With ``instance-role:preflight`` ``off`` nothing is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

import pulumi
from pulumi.output import UNKNOWN, Unknown
from pulumi.runtime.config import CONFIG

from pulumi_instance_role.clouds.port import CloudError
from pulumi_instance_role.host.process import Host
from pulumi_instance_role.host.provider import BaseProvider, Props
from pulumi_instance_role.host.values import is_unknown, properties
from pulumi_instance_role.program.inputs import DEADLINE, in_thread, value_of


def foresee(
    kind: pulumi.CustomResource, provider: BaseProvider, keys: tuple[str, ...], lives: Mapping[str, Any]
) -> None:
    """Replace the outputs ``keys`` of a resource at a preview by ones that are known where they can be.

    ``lives`` is where the resource lives, as the program declares it.
    """
    found: asyncio.Future[Props] | None = None

    async def asked(key: str) -> Any:
        nonlocal found
        found = found or asyncio.ensure_future(_ask(kind, provider, lives))
        return (await found).get(key, UNKNOWN)

    def foreseen(key: str, value: Any) -> Any:
        return asked(key) if isinstance(value, Unknown) else value

    for key in keys:
        output: pulumi.Output[Any] = getattr(kind, key)
        setattr(kind, key, output.apply(partial(foreseen, key), run_with_unknowns=True))


async def _ask(kind: pulumi.CustomResource, provider: BaseProvider, lives: Mapping[str, Any]) -> Props:
    placed = [await value_of(one) for one in lives.values()]
    if not await kind.id.is_known() or is_unknown(placed):
        return {}
    # Unknown is from here on also what is absent: the outputs of a preview do not tell the two apart.
    known = {key: await value_of(getattr(kind, key, None)) for key in provider.keys}
    props = properties({key: one for key, one in known.items() if not is_unknown(one)})
    if not props.keys() >= set(provider.replaced_by):
        return {}
    host = Host(dict(CONFIG.get()))
    try:
        return await in_thread(lambda: provider.foresee(props, host.cloud(props)), DEADLINE)
    except (CloudError, ValueError, asyncio.TimeoutError):
        return {}  # preflight tells what cannot be read; what is not known yet stays so
