"""What happens to a binding, and the fewest calls with which it can be done.

The floor is what the clouds document for one call: 100 instances, and 50 in DescribeInstanceRamRole. A change is
written once and read back once. On Alibaba Cloud it is taking off and putting on; on Tencent Cloud one call replaces.
A preview looks at the role and what the instances hold. What holds a role exists, so only an instance that shows none
needs a look of its own, to tell "released" from "without a role".
"""

from __future__ import annotations

from collections import Counter
from math import ceil

PREVIEW, BIND, CHANGE, NOTHING, REFRESH, UNBIND = "preview", "bind", "change role", "no-op", "refresh", "unbind"
PHASES = (PREVIEW, BIND, CHANGE, NOTHING, REFRESH, UNBIND)

ROLE, ATTACH, DETACH, ROLES, INSTANCES, MODIFY = (
    "GetRole",
    "AttachInstanceRamRole",
    "DetachInstanceRamRole",
    "DescribeInstanceRamRole",
    "DescribeInstances",
    "ModifyInstancesAttribute",
)
_IN_ONE_CALL = {ATTACH: 100, DETACH: 100, ROLES: 50, INSTANCES: 100, MODIFY: 100}
_NEEDED = {
    "alibaba": {
        PREVIEW: (ROLE, ROLES),
        BIND: (ATTACH, ROLES),
        CHANGE: (DETACH, ATTACH, ROLES),
        NOTHING: (),
        REFRESH: (ROLES,),
        UNBIND: (DETACH, ROLES),
    },
    "tencent": {
        PREVIEW: (ROLE, INSTANCES),
        BIND: (MODIFY, INSTANCES),
        CHANGE: (MODIFY, INSTANCES),
        NOTHING: (),
        REFRESH: (INSTANCES,),
        UNBIND: (MODIFY, INSTANCES),
    },
}
CLOUDS = tuple(_NEEDED)


def floor(cloud: str, phase: str, size: int) -> Counter[str]:
    """The fewest calls, by action, that do ``phase`` for ``size`` instances."""
    return Counter({action: ceil(size / _IN_ONE_CALL.get(action, size)) for action in _NEEDED[cloud][phase]})
