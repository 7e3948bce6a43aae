"""What happens to a binding, and the fewest calls with which it can be done.

The floor is what Alibaba Cloud documents for one call: 100 instances in AttachInstanceRamRole and
DetachInstanceRamRole, 50 in DescribeInstanceRamRole, 100 in DescribeInstances. A change is written once and read back
once; a refresh also asks which instances exist, to tell "released" from "without a role".
"""

from __future__ import annotations

from collections import Counter
from math import ceil

BIND, CHANGE, NOTHING, REFRESH, UNBIND = "bind", "change role", "no-op", "refresh", "unbind"
PHASES = (BIND, CHANGE, NOTHING, REFRESH, UNBIND)

ATTACH, DETACH, ROLES, INSTANCES = (
    "AttachInstanceRamRole",
    "DetachInstanceRamRole",
    "DescribeInstanceRamRole",
    "DescribeInstances",
)
_IN_ONE_CALL = {ATTACH: 100, DETACH: 100, ROLES: 50, INSTANCES: 100}
_NEEDED = {
    BIND: (ATTACH, ROLES),
    CHANGE: (DETACH, ATTACH, ROLES),
    NOTHING: (),
    REFRESH: (ROLES, INSTANCES),
    UNBIND: (DETACH, ROLES),
}


def floor(phase: str, size: int) -> Counter[str]:
    """The fewest calls, by action, that do ``phase`` for ``size`` instances."""
    return Counter({action: ceil(size / _IN_ONE_CALL[action]) for action in _NEEDED[phase]})
