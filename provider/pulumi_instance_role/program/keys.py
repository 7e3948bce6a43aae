"""The stack's settings that begin with ``instance-role:``, and what to say of others, which nothing reads.

Limits: a program may keep settings of its own under that word, as a project of that name does without a thought; there
only what is like a known setting is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pulumi_instance_role.clouds import NAMES, package_of
from pulumi_instance_role.policy.near import nearest

NAMESPACE = "instance-role"
KEYS = ("cloud", "preflight", "callsPerSecond", "bindTimeout", "skipRegionValidation")
"""All that are read, in the program, in the provider host and by commands; ``docs/settings.md`` says what each is."""
_ALIKE = 0.65  # the words are few and unlike each other


def unread(config: Iterable[str], project: str) -> Iterator[str]:
    """What is wrong with the keys of a configuration that nothing reads, each with what may be meant."""
    for full in sorted(config):
        namespace, _, key = full.partition(":")
        if namespace != NAMESPACE or key in KEYS:
            continue
        meant = _meant(key, ours_alone=project != NAMESPACE)
        if meant:
            yield f"no resource reads the setting {full}; {meant}"


def _meant(key: str, *, ours_alone: bool) -> str:
    elsewhere = [one for cloud in NAMES for one in _keys_of(cloud) if one.partition(":")[2].lower() == key.lower()]
    if elsewhere:
        return f"is {' or '.join(elsewhere)} meant?" if ours_alone else ""
    near = nearest(key, KEYS, _ALIKE)
    if near:
        return f"is {NAMESPACE}:{near} meant?"
    return f"known ones are {', '.join(KEYS)}; take it out" if ours_alone else ""


def _keys_of(cloud: str) -> Iterator[str]:
    """The keys of the cloud's own Pulumi package that say as whom and where to call."""
    package = package_of(cloud)
    for one in (package.region, package.profile, package.assume_role, *package.sign_in, *package.address):
        if one.key:
            yield one.key
