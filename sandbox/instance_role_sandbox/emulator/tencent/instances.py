"""What the metadata service has to know of an instance. The CVM product answers it (``cvm/facts.py``)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class InstanceFacts:
    """One instance as its metadata service sees it.

    ``role`` is the name of the role it holds ("" for none), ``role_id`` the id that role had when it was bound.
    ``present`` is false while the instance is not running yet or no more.
    """

    account: str
    region: str
    instance_id: str
    present: bool
    role: str
    role_id: str
    name: str
    zone: str
    private_ip: str
    mac: str
    uuid: str
