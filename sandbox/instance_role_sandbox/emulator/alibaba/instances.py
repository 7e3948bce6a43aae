"""What the metadata service has to know of an instance. The ECS product answers it (``ecs/facts.py``)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class InstanceFacts:
    """One instance as its metadata service sees it.

    ``role`` is the name of the role it holds ("" for none); ``restriction`` is the policy document that
    AttachInstanceRamRole may have added ("" for none). ``present`` is false while it is not running yet or no more.
    """

    account: str
    region: str
    instance_id: str
    present: bool
    role: str = ""
    restriction: str = ""
    endpoint_enabled: bool = True
    tokens_required: bool = False
